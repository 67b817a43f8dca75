/** Trouble of the machinery: stores that fail, leases that are lost, workers that stall, engines that close. Nothing is undone because of it. */
import { saga, type SagaFailed } from '@distrokit/saga'
import { describe, expect, test } from 'vitest'
import { createTop, failure, type Top } from './bench-top.ts'

const two = ({ effects, world }: Top, ms = 100) => saga('two', async ({ step }) => {
  const pause = (): Promise<void> => new Promise((resolve) => void world.clock.after(ms, resolve))
  await step('a', async ({ key, epoch }) => { effects.push(`${key} ${epoch}`); await pause() }, () => effects.push('undo a'))
  await step('b', async ({ key, epoch }) => { effects.push(`${key} ${epoch}`); await pause() }, () => effects.push('undo b'))
  return 'done'
})

describe('a store that fails', () => {
  test('for a while delays a saga and undoes nothing', async () => {
    const top = createTop()
    const definition = two(top)
    const worker = top.engine({ sagas: [definition] })
    const run = await top.until(worker.start(definition, null))
    const { commit } = worker.life.store
    let failures = 5
    worker.life.store.commit = (writes) => (failures-- > 0 ? Promise.reject(new Error('disk is full')) : commit(writes))
    expect(await top.until(run.result())).toBe('done')
    expect(top.effects).toEqual([`${run.id}:0:do 1`, `${run.id}:1:do 1`])
    expect(top.events.filter((event) => event.type === 'store-failed')).toHaveLength(5)
  })

  test('at the start is told to the caller, who may ask again with the same id', async () => {
    const top = createTop()
    const definition = two(top)
    const worker = top.engine({ sagas: [definition] })
    worker.life.plan = () => 'lost'
    expect((await failure(top.until(worker.start(definition, null, { id: 'x' })))).message).toBe('the answer was lost')
    worker.life.plan = () => 'live'
    const run = await top.until(worker.start(definition, null, { id: 'x' }))
    expect(await top.until(run.result())).toBe('done')
    expect(new Set(top.effects.map((effect) => effect.split(' ')[0]))).toEqual(new Set(['x:0:do', 'x:1:do']))
  })

  test('and swallows an answer does not make anything twice: the write is known by its number', async () => {
    const top = createTop()
    const definition = two(top)
    const worker = top.engine({ sagas: [definition] })
    const run = await top.until(worker.start(definition, null, { id: 'x' }))
    let losses = 3
    worker.life.plan = () => (losses-- > 0 ? 'lost' : 'live')
    await top.until(run.result())
    expect(top.effects).toEqual(['x:0:do 1', 'x:1:do 1'])
    expect((await top.until(Promise.resolve(top.store.read('x'))))?.log.map((record) => record.seq)).toEqual([0, 1, 2])
  })
})

describe('leases', () => {
  test('another worker takes over within a lease and a poll', async () => {
    const top = createTop()
    const definition = two(top, 50)
    const first = top.engine({ sagas: [definition], owner: 'a', leaseMs: 2_000, pollMs: 100 })
    await top.until(first.start(definition, null, { id: 'x' }))
    const second = top.engine({ sagas: [definition], owner: 'b', leaseMs: 2_000, pollMs: 100 })
    first.life.kill()
    const killed = top.world.clock.now()
    await top.until(second.result('x'))
    expect(top.world.clock.now() - killed).toBeLessThanOrEqual(2_000 + 100 + 200)
    expect(top.effects).toEqual(['x:0:do 1', 'x:0:do 2', 'x:1:do 2'])
    expect(top.events.find((event) => event.type === 'recovered')).toMatchObject({ id: 'x', epoch: 2 })
  })

  test('a worker of the same name takes over at once', async () => {
    const top = createTop()
    const definition = two(top, 50)
    const first = top.engine({ sagas: [definition], owner: 'dublin' })
    await top.until(first.start(definition, null, { id: 'x' }))
    first.life.kill()
    const killed = top.world.clock.now()
    const second = top.engine({ sagas: [definition], owner: 'dublin' })
    expect(await top.until(second.recover())).toBe(1)
    expect(await top.until(second.recover())).toBe(0)
    await top.until(second.result('x'))
    expect(top.world.clock.now() - killed).toBeLessThan(200)
  })

  test('a lease is kept for as long as the worker lives, however long a step takes', async () => {
    const top = createTop()
    const definition = two(top, 100_000)
    const worker = top.engine({ sagas: [definition], owner: 'a', leaseMs: 2_000 })
    top.engine({ sagas: [definition], owner: 'b', leaseMs: 2_000, pollMs: 100 })
    const run = await top.until(worker.start(definition, null, { id: 'x' }))
    await top.until(run.result())
    expect(top.effects).toEqual(['x:0:do 1', 'x:1:do 1'])
  })

  test('a stalled worker that comes back writes nothing, starts nothing and undoes nothing', async () => {
    const top = createTop()
    const definition = two(top, 3_000)
    const stalled = top.engine({ sagas: [definition], owner: 'a', leaseMs: 2_000, pollMs: 100 })
    const run = await top.until(stalled.start(definition, null, { id: 'x' }))
    // It runs, but nothing it says reaches the store for a while: no beats.
    const { beat } = stalled.life.store
    stalled.life.store.beat = () => new Promise(() => {})
    const healthy = top.engine({ sagas: [definition], owner: 'b', leaseMs: 2_000, pollMs: 100 })
    await top.world.pass(2_500)
    stalled.life.store.beat = beat
    expect(await top.until(run.result())).toBe('done')
    await top.world.pass(10_000)
    expect(top.effects).toEqual(['x:0:do 1', 'x:0:do 2', 'x:1:do 2'])
    expect(top.events.filter((event) => event.type === 'lease-lost')).toHaveLength(1)
    expect(await top.until(healthy.get('x'))).toMatchObject({ state: 'completed', epoch: 2 })
  })

  test('clocks that are an hour off between workers change nothing: leases follow the store', async () => {
    const top = createTop()
    const definition = two(top, 1_000)
    const skew = (ms: number) => ({ now: () => top.world.clock.now() + ms })
    const first = top.engine({ sagas: [definition], owner: 'a', leaseMs: 2_000, pollMs: 100 })
    const second = top.engine({ sagas: [definition], owner: 'b', leaseMs: 2_000, pollMs: 100 })
    Object.assign(first.life.clock, skew(3_600_000))
    Object.assign(second.life.clock, skew(-3_600_000))
    const run = await top.until(first.start(definition, null, { id: 'x' }))
    await top.until(run.result())
    expect(top.effects).toEqual(['x:0:do 1', 'x:1:do 1'])
  })

  test('a saga that ends the process each time is set aside as poison, and a person can let it try again', async () => {
    const top = createTop()
    let deadly = true
    let lives = 0
    let worker: ReturnType<Top['engine']>
    const definition = saga('poison', ({ step }) => step('boom', () => {
      if (!deadly) return 'survived'
      worker.life.kill()
      queueMicrotask(begin)
      return new Promise<string>(() => {})
    }))
    function begin(): void {
      lives += 1
      worker = top.engine({ sagas: [definition], maxTakes: 3 })
    }
    begin()
    worker!.start(definition, null, { id: 'x' }).catch(() => {})
    await top.world.pass(60_000)
    expect(lives).toBe(5)
    expect(await top.until(worker!.get('x'))).toMatchObject({ state: 'stuck', error: { code: 'poison' } })
    deadly = false
    await top.until(worker!.retry('x'))
    await top.world.pass(5_000)
    expect(await top.until(worker!.result('x'))).toBe('survived')
  })
})

describe('an engine', () => {
  test('holds no more than maxHeld at a time; the others are durable and wait their turn', async () => {
    const top = createTop()
    const definition = two(top, 100)
    const worker = top.engine({ sagas: [definition], maxHeld: 3, pollMs: 100 })
    let most = 0
    worker.onEvent(() => void (most = Math.max(most, worker.held)))
    const runs = await top.until(Promise.all(Array.from({ length: 10 }, () => worker.start(definition, null))))
    await top.until(Promise.all(runs.map((run) => run.result())))
    expect(most).toBe(3)
    expect(top.effects).toHaveLength(20)
  })

  test('that closes lets a running step finish, starts nothing more, and hands its sagas on at once', async () => {
    const top = createTop()
    const definition = two(top, 1_000)
    const first = top.engine({ sagas: [definition], owner: 'a' })
    const run = await top.until(first.start(definition, null, { id: 'x' }))
    const waiting = failure(run.result())
    await top.world.pass(500)
    await top.until(first.close())
    expect(await top.until(waiting)).toMatchObject({ code: 'engine-closed' })
    expect(await failure(first.start(definition, null))).toMatchObject({ code: 'engine-closed' })
    const closed = top.world.clock.now()
    const second = top.engine({ sagas: [definition], owner: 'b' })
    expect(await top.until(second.result('x'))).toBe('done')
    expect(top.world.clock.now() - closed).toBe(1_000)
    expect(top.effects).toEqual(['x:0:do 1', 'x:1:do 2'])
  })

  test('aborts what has not finished in closeMs, and nothing is undone because of it', async () => {
    const top = createTop()
    const definition = saga('s', ({ step }) => step('a', ({ signal, attempt }) => (attempt === 1 && top.effects.push('a') === 1
      ? new Promise<string>((_, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error)))
      : 'done'), () => top.effects.push('undo')))
    const first = top.engine({ sagas: [definition], closeMs: 100 })
    await top.until(first.start(definition, null, { id: 'x' }))
    await top.until(first.close())
    expect(await top.until(top.engine({ sagas: [definition] }).result('x'))).toBe('done')
    expect(top.effects).toEqual(['a', 'a'])
  })

  test('lets a listener throw', async () => {
    const top = createTop()
    const definition = two(top)
    const worker = top.engine({ sagas: [definition] })
    worker.onEvent(() => { throw new Error('listener') })
    expect(await top.until((await top.until(worker.start(definition, null))).result())).toBe('done')
  })
})

describe('nothing is told to the outside before it is committed', () => {
  test('not start, not result, not an event', async () => {
    const top = createTop()
    const definition = two(top, 0)
    const worker = top.engine({ sagas: [definition] })
    await top.until(worker.recover())
    const { commit } = worker.life.store
    const told: string[] = []
    let committed = 0
    worker.life.store.commit = async (writes) => {
      const before = told.length
      await new Promise<void>((resolve) => void top.world.clock.after(500, resolve))
      // While a commit is under way the world may move, but nobody outside hears of what it holds.
      expect(told.length).toBe(before)
      committed += 1
      return commit(writes)
    }
    worker.onEvent((event) => told.push(`${event.type} after ${committed}`))
    const run = await top.until(worker.start(definition, null).then((started) => (told.push(`start after ${committed}`), started)))
    await top.until(run.result().then(() => told.push(`result after ${committed}`)))
    expect(told).toEqual([
      'started after 1', 'step-started after 1', 'start after 1', 'step-done after 2', 'step-started after 2', 'step-done after 3', 'completed after 3', 'result after 3',
    ])
  })
})

test('a changed definition parks the saga with the difference and goes on once it is put right', async () => {
  const top = createTop()
  const make = (name: string) => saga('s', async ({ step, sleep }) => {
    await step(name, () => top.effects.push(name), () => top.effects.push(`undo ${name}`))
    await sleep('nap', 20_000)
    return 'rested'
  })
  const first = top.engine({ sagas: [make('old')] })
  const old = make('old')
  first.life.kill()
  const worker = top.engine({ sagas: [old] })
  await top.until(worker.start(old, null, { id: 'x' }))
  await top.world.pass(1_000)
  expect(await top.until(worker.check())).toEqual([])
  expect(await top.until(worker.check([make('new')]))).toEqual([
    { id: 'x', saga: 's', recorded: ['old', 'nap'], asked: ['new'], missing: ['old', 'nap'], withoutUndo: [] },
  ])
  worker.life.kill()
  // A script that asks before the deploy: an engine of no sagas, which takes nothing over, though it is there to be taken.
  const script = top.engine({ sagas: [] })
  await top.world.pass(60_000)
  expect(await top.until(script.check([make('new')]))).toMatchObject([{ id: 'x', missing: ['old', 'nap'] }])
  expect([await top.until(script.recover()), script.held, (await top.until(script.get('x')))?.state]).toEqual([0, 0, 'waiting'])
  script.life.kill()
  const deployed = top.engine({ sagas: [make('new')] })
  const error = await failure<SagaFailed>(top.until(deployed.result('x')))
  expect(error).toMatchObject({ stuck: ['the saga itself'], cause: { code: 'definition-changed', missing: ['old', 'nap'], asked: ['new'] } })
  expect(top.effects).toEqual(['old'])
  deployed.life.kill()
  const repaired = top.engine({ sagas: [make('old')] })
  await top.until(repaired.retry('x'))
  await top.world.pass(3_000)
  expect(await top.until(repaired.result('x'))).toBe('rested')
  expect(top.effects).toEqual(['old'])
})

test('live code and replay see the same values, errors included: what came back from the codec', async () => {
  const top = createTop()
  const seen: unknown[][] = []
  class Declined extends Error {
    readonly code = 'declined'
    readonly left = 3
  }
  const shared = { list: [1] }
  const definition = saga('s', async ({ step, sleep }, input: { when: Date }) => {
    const given = await step('value', () => shared)
    shared.list.push(2)
    const error = await step('error', () => { throw new Declined('no') }).catch((caught: unknown) => caught as Declined)
    seen.push([input.when instanceof Date, given, error instanceof Declined, error.code, error.left, error.message])
    await sleep('long', 20_000)
  })
  const first = top.engine({ sagas: [definition] })
  await top.until(first.start(definition, { when: new Date(5) }, { id: 'x' }))
  await top.world.pass(1_000)
  first.life.kill()
  await top.until(top.engine({ sagas: [definition] }).result('x'))
  expect(seen.length).toBeGreaterThan(1)
  for (const each of seen) expect(each).toEqual([true, { list: [1] }, false, 'declined', 3, 'no'])
})

test('a saga that is taken over behind its pivot goes on, although its early steps have undos', async () => {
  // Found by replaying after every commit: the replayed early step was refused as an undo behind the pivot.
  const top = createTop()
  const definition = saga('s', async ({ step, sleep }) => {
    await step('hold', () => 1, () => top.effects.push('undo hold'))
    await step.pivot('ship', () => 2)
    await sleep('travel', 20_000)
    await step('mail', () => top.effects.push('mail'))
    return 'arrived'
  })
  const first = top.engine({ sagas: [definition] })
  await top.until(first.start(definition, null, { id: 'x' }))
  await top.world.pass(1_000)
  first.life.kill()
  expect(await top.until(top.engine({ sagas: [definition] }).result('x'))).toBe('arrived')
  expect(top.effects).toEqual(['mail'])
})
