/** Sagas that have to do with sagas: children, locks, messages. */
import { saga, type Message, type SagaFailed } from '@distrokit/saga'
import { describe, expect, test } from 'vitest'
import { createTop, failure } from './bench-top.ts'

describe('children', () => {
  const family = (effects: string[], ends: { parent?: boolean; child?: boolean; pivot?: boolean } = {}) => {
    const child = saga('child', async ({ step }, name: string) => {
      await step('a', () => effects.push(`${name} a`), () => effects.push(`${name} undo a`))
      if (ends.pivot) await step.pivot('p', () => 1)
      if (ends.child) throw new Error('child failed')
      return `${name} done`
    })
    const parent = saga('parent', async ({ step, child: run }, name: string) => {
      await step('before', () => effects.push('before'), () => effects.push('undo before'))
      const answer = await run('helper', child, name)
      await step('after', () => effects.push('after'), () => effects.push('undo after'))
      if (ends.parent) throw new Error('parent failed')
      return answer
    })
    return { child, parent }
  }

  test('give their output to the parent', async () => {
    const { engine, effects, until } = createTop()
    const { child, parent } = family(effects)
    const worker = engine({ sagas: [child, parent] })
    const run = await until(worker.start(parent, 'kid', { id: 'p' }))
    expect(await until(run.result())).toBe('kid done')
    expect(effects).toEqual(['before', 'kid a', 'after'])
    expect(await until(worker.get('p/helper'))).toMatchObject({ name: 'child', state: 'completed', parent: 'p' })
  })

  test('are undone in their place when the parent goes back, although they had completed', async () => {
    const { engine, effects, until } = createTop()
    const { child, parent } = family(effects, { parent: true })
    const worker = engine({ sagas: [child, parent] })
    const run = await until(worker.start(parent, 'kid', { id: 'p' }))
    const error = await failure<SagaFailed>(until(run.result()))
    expect(error).toMatchObject({ undone: ['after', 'helper', 'before'], stuck: [], cause: { message: 'parent failed' } })
    expect(effects).toEqual(['before', 'kid a', 'after', 'undo after', 'kid undo a', 'undo before'])
    expect(await until(worker.get('p/helper'))).toMatchObject({ state: 'compensated' })
  })

  test('that fail are undone by themselves, and the parent has nothing of theirs to undo', async () => {
    const { engine, effects, until } = createTop()
    const { child, parent } = family(effects, { child: true })
    const run = await until(engine({ sagas: [child, parent] }).start(parent, 'kid'))
    const error = await failure<SagaFailed>(until(run.result()))
    expect(error).toMatchObject({ undone: ['before'], cause: { message: 'child failed' } })
    expect(effects).toEqual(['before', 'kid a', 'kid undo a', 'undo before'])
  })

  test('behind their pivot cannot be undone: the parent is stuck and says so', async () => {
    const { engine, effects, until } = createTop()
    const { child, parent } = family(effects, { parent: true, pivot: true })
    const run = await until(engine({ sagas: [child, parent] }).start(parent, 'kid'))
    const error = await failure<SagaFailed>(until(run.result()))
    expect(error).toMatchObject({ stuck: ['helper'] })
  })

  test('are cancelled with the parent', async () => {
    const { engine, effects, until, world } = createTop()
    const child = saga('child', async ({ step, sleep }) => {
      await step('a', () => effects.push('a'), () => effects.push('undo a'))
      await sleep('long', 1e8)
    })
    const parent = saga('parent', ({ child: run }) => run('helper', child, null))
    const worker = engine({ sagas: [child, parent] })
    const run = await until(worker.start(parent, null, { id: 'p' }))
    await world.pass(60_000)
    expect(worker.held).toBe(0)
    await until(worker.cancel('p', 'enough'))
    expect(await failure<SagaFailed>(until(run.result()))).toMatchObject({ undone: ['helper'], cause: { reason: 'enough' } })
    expect(effects).toEqual(['a', 'undo a'])
  })

  test('and parents find each other again whenever either process dies', async () => {
    for (let at = 0; at < 30; at++) {
      const { engine, effects, until } = createTop()
      const { child, parent } = family(effects, { parent: true })
      const options = { sagas: [child, parent], leaseMs: 1_000, pollMs: 100 }
      const first = engine(options)
      let commits = 0
      let begun: (() => void) | undefined
      const second = new Promise<void>((resolve) => void (begun = resolve))
      first.life.plan = () => (commits++ === at ? (begun?.(), 'after') : 'live')
      const asked = first.start(parent, 'kid', { id: 'p' }).then(() => first.result('p'))
      asked.catch(() => {})
      await until(Promise.race([second, failure(asked)]))
      const next = engine(options)
      await until(next.start(parent, 'kid', { id: 'p' }))
      expect(await failure<SagaFailed>(until(next.result('p')))).toMatchObject({ undone: ['after', 'helper', 'before'], stuck: [] })
      expect([...new Set(effects)]).toEqual(['before', 'kid a', 'after', 'undo after', 'kid undo a', 'undo before'])
      if (!first.life.dead) break
    }
  })
})

describe('locks', () => {
  const locking = (effects: string[], clock: { after(ms: number, run: () => void): unknown }) => saga('s', async ({ step, lock, id }, options: { timeoutMs?: number; refuse?: boolean }) => {
    await lock('order:42', options)
    await step('begin', () => effects.push(`${id} in`))
    await step('work', () => new Promise<void>((resolve) => void clock.after(1_000, resolve)))
    await step('end', () => effects.push(`${id} out`))
  })

  test('let one saga in at a time, in order of arrival, and are freed when it ends', async () => {
    const { engine, effects, until, world } = createTop()
    const definition = locking(effects, world.clock)
    const worker = engine({ sagas: [definition] })
    const runs = await until(Promise.all(['a', 'b', 'c'].map((id) => worker.start(definition, {}, { id }))))
    await until(Promise.all(runs.map((run) => run.result())))
    expect(effects).toEqual(['a in', 'a out', 'b in', 'b out', 'c in', 'c out'])
  })

  test('are held over a crash, and waiting costs no memory', async () => {
    const { engine, effects, until, world } = createTop()
    const definition = locking(effects, world.clock)
    const first = engine({ sagas: [definition] })
    await until(Promise.all(['a', 'b'].map((id) => first.start(definition, {}, { id }))))
    await world.pass(500)
    expect(first.held).toBe(1)
    first.life.kill()
    const second = engine({ sagas: [definition] })
    await until(Promise.all([second.result('a'), second.result('b')]))
    expect(effects.join()).toMatch(/^a in,(a in,)?a out,b in,b out$/)
  })

  test('can be refused, or waited for with a bound', async () => {
    const { engine, effects, until, world } = createTop()
    const definition = locking(effects, world.clock)
    const worker = engine({ sagas: [definition] })
    await until(worker.start(definition, {}, { id: 'a' }))
    const busy = await until(worker.start(definition, { refuse: true }, { id: 'b' }))
    expect((await failure<SagaFailed>(until(busy.result()))).cause).toMatchObject({ code: 'lock-busy', lock: 'order:42' })
    const patient = await until(worker.start(definition, { timeoutMs: 10 }, { id: 'c' }))
    expect((await failure<SagaFailed>(until(patient.result()))).cause).toMatchObject({ code: 'step-timeout' })
    expect(effects.filter((effect) => !effect.startsWith('a'))).toEqual([])
  })
})

describe('messages', () => {
  test('go out once each under their own key, in order for each saga, only with what they were said after', async () => {
    const { engine, until, world, effects } = createTop()
    const sent: Message[] = []
    const definition = saga('s', async ({ step, emit }) => {
      emit('topic', { n: 1 })
      await step('a', () => effects.push('a'))
      emit('topic', { n: 2 })
      emit('other', { n: 3 })
      await step('b', () => effects.push('b'))
      emit('topic', { n: 4 })
    })
    const first = engine({ sagas: [definition] })
    let commits = 0
    first.life.plan = () => (commits++ === 1 ? 'after' : 'live')
    first.start(definition, null, { id: 'x' }).catch(() => {})
    await world.pass(100)
    let refusals = 2
    const second = engine({
      sagas: [definition],
      relay: (message) => {
        if (message.value !== undefined && refusals-- > 0) throw new Error('broker is away')
        sent.push(message)
      },
    })
    await until(second.result('x'))
    await world.pass(60_000)
    expect(sent.map(({ topic, value, key }) => [topic, value, key])).toEqual([
      ['topic', { n: 1 }, 'x:topic:1'], ['topic', { n: 2 }, 'x:topic:2'], ['other', { n: 3 }, 'x:other:1'], ['topic', { n: 4 }, 'x:topic:3'],
    ])
  })
})
