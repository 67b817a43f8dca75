/** Sleeps, signals and long back-offs survive the process, and cost it nothing while they last. */
import { saga, type SagaFailed } from '@distrokit/saga'
import { expect, test } from 'vitest'
import { createTop, failure } from './bench-top.ts'

const DAY = 86_400_000

test('a long sleep leaves memory, survives a kill, and ends when it is due', async () => {
  const { engine, effects, until, world } = createTop()
  const definition = saga('s', async ({ step, sleep }) => {
    await step('before', () => effects.push('before'))
    await sleep('thirty days', 30 * DAY)
    await step('after', () => effects.push('after'))
    return 'rested'
  })
  const options = { sagas: [definition], pollMs: 3_600_000 }
  const first = engine(options)
  await until(first.start(definition, null, { id: 'x' }))
  await world.pass(1_000)
  expect(first.held).toBe(0)
  expect(await until(first.get('x'))).toMatchObject({ state: 'waiting', owner: undefined })
  first.life.kill()
  const second = engine({ ...options, leaseMs: 3_600_000 })
  await world.pass(29 * DAY)
  expect(effects).toEqual(['before'])
  expect(second.held).toBe(0)
  const due = world.clock.now()
  const result = second.result('x')
  expect(await world.until(result, 2 * DAY)).toBe('rested')
  expect(world.clock.now() - due).toBeLessThan(DAY + 3_600_000)
  expect(effects).toEqual(['before', 'after'])
})

test('short sleeps are waited for in memory, side by side', async () => {
  const { engine, until, world } = createTop()
  const definition = saga('s', async ({ sleep }) => {
    await Promise.all([sleep('a', 300), sleep('b', 200), sleep('c', 100)])
  })
  const started = world.clock.now()
  const run = await until(engine({ sagas: [definition] }).start(definition, null))
  await until(run.result())
  expect(world.clock.now() - started).toBe(300)
})

test('a signal is kept until it is asked for, and wakes a saga that waits, in any process', async () => {
  const { engine, until, world } = createTop()
  const definition = saga('s', async ({ signal, sleep }) => {
    const early = await signal<string>('early')
    await sleep('a while', 60_000)
    const late = await signal<{ by: string }>('late')
    return `${early} ${late.by}`
  })
  const worker = engine({ sagas: [definition] })
  const other = engine({ sagas: [], owner: 'other' })
  const run = await until(worker.start(definition, null, { id: 'x' }))
  await until(other.signal('x', 'early', 'bird'))
  await world.pass(70_000)
  expect(worker.held).toBe(0)
  await until(other.signal('x', 'late', { by: 'owl' }))
  expect(await until(run.result())).toBe('bird owl')
  expect(await until(other.signal('x', 'late', 1))).toBe(false)
  expect(await failure(until(other.signal('nobody', 'x')))).toMatchObject({ code: 'no-such-saga' })
})

test('a wait that runs out gives its alternative, or rejects where there is none', async () => {
  const { engine, until } = createTop()
  const definition = saga('s', async ({ signal }) => {
    const answer = await signal('answer', { timeoutMs: 100, otherwise: 'none' })
    const error = await signal('second', { timeoutMs: 100 }).catch((caught: Error & { code: string }) => caught.code)
    return [answer, error]
  })
  const run = await until(engine({ sagas: [definition] }).start(definition, null))
  expect(await until(run.result())).toEqual(['none', 'step-timeout'])
})

test('a signal and its time-out have one winner, the same in every life', async () => {
  // The signal arrives at the very millisecond of the time-out; each life after the first only reads who won.
  for (let lead = -2; lead <= 2; lead++) {
    const { engine, until, world } = createTop()
    const seen: unknown[] = []
    const definition = saga('s', async ({ step, signal }) => {
      const answer = await signal('answer', { timeoutMs: 1_000, otherwise: 'late' })
      seen.push(answer)
      await step('use', () => new Promise<void>((resolve) => void world.clock.after(50, resolve)))
      return answer
    })
    const first = engine({ sagas: [definition] })
    await until(first.start(definition, null, { id: 'x' }))
    await world.pass(1_000 + lead)
    await until(first.signal('x', 'answer', 'in time'))
    await world.pass(20)
    first.life.kill()
    const second = engine({ sagas: [definition] })
    expect(await until(second.result('x'))).toBe(seen[0])
    expect(new Set(seen).size).toBe(1)
  }
})

test('a back-off longer than half a lease is durable: the attempts of all lives are one count', async () => {
  const { engine, effects, until, world } = createTop()
  const definition = saga('s', async ({ step }) => {
    await step('first', () => 1, () => effects.push('undo first'))
    await step('flaky', {
      do: ({ attempt }) => {
        effects.push(`attempt ${attempt} at ${Math.round((world.clock.now() - 1_000_000) / 1_000)}`)
        throw new Error('no')
      },
      retry: { retries: 3, baseMs: 60_000, factor: 2, jitter: 0, maxMs: 1e9 },
    })
  })
  const options = { sagas: [definition], pollMs: 500 }
  const first = engine(options)
  await until(first.start(definition, null, { id: 'x' }))
  await world.pass(30_000)
  expect(first.held).toBe(0)
  first.life.kill()
  const error = await failure<SagaFailed>(until(engine(options).result('x')))
  expect(error.cause).toMatchObject({ message: 'no' })
  expect(effects).toEqual(['attempt 1 at 0', 'attempt 2 at 60', 'attempt 3 at 180', 'attempt 4 at 420', 'undo first'])
})

test('a race between a step and a sleep has the same winner at every replay', async () => {
  const { engine, effects, until, world } = createTop()
  const definition = saga('s', async ({ step, sleep }) => {
    const winner = await Promise.race([
      sleep('patience', 1_000).then(() => 'sleep'),
      step('slow', () => new Promise<string>((resolve) => void world.clock.after(1_500, () => resolve('step')))),
    ])
    await step('note', () => effects.push(winner))
    await sleep('long', DAY)
    return winner
  })
  const first = engine({ sagas: [definition] })
  await until(first.start(definition, null, { id: 'x' }))
  await world.pass(10_000)
  first.life.kill()
  expect(await world.until(engine({ sagas: [definition], pollMs: 60_000, leaseMs: 600_000 }).result('x'), 2 * DAY)).toBe('sleep')
  expect(effects).toEqual(['sleep'])
})

test('waits of a month and more do not overflow a timer', async () => {
  const { engine, until, world } = createTop()
  const definition = saga('s', ({ sleep }) => sleep('fifty days', 50 * DAY), {})
  const started = world.clock.now()
  const run = await until(engine({ sagas: [definition], leaseMs: 400 * DAY, pollMs: 400 * DAY }).start(definition, null))
  await world.until(run.result(), 51 * DAY)
  expect(world.clock.now() - started).toBe(50 * DAY)
})

test('result() takes a signal and leaves nothing behind', async () => {
  const { engine, until, world } = createTop()
  const definition = saga('s', ({ sleep }) => sleep('long', DAY))
  const worker = engine({ sagas: [definition] })
  const run = await until(worker.start(definition, null))
  const controller = new AbortController()
  const result = run.result({ signal: controller.signal })
  world.clock.after(10, () => controller.abort(new Error('tired')))
  expect((await failure(until(result))).message).toBe('tired')
  expect((await failure(run.result({ signal: controller.signal }))).message).toBe('tired')
})
