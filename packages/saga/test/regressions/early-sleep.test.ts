/** Found by the campaigns: after a take-over, a sleep ended early by as long as the store's answer had been on its way. */
import { createEngine, memoryStore, saga, type Clock, type Store } from '@distrokit/saga'
import { createTimeline, type World } from '@distrokit/saga/testing'
import { expect, test } from 'vitest'

/** A store that is `wayMs` away in each direction. */
function far(store: Store, { clock }: World, thereMs: number, backMs: number): Store {
  const pause = (ms: number): Promise<void> => new Promise((resolve) => void clock.after(ms, resolve))
  const call = <A extends unknown[], R>(act: (...args: A) => R) => async (...args: A): Promise<Awaited<R>> => {
    await pause(thereMs)
    const answer = await act(...args)
    await pause(backMs)
    return answer
  }
  return { ...store, commit: call(store.commit), take: call(store.take), beat: call(store.beat), mail: call(store.mail), read: call(store.read) }
}

test.each([
  ['to it', 200, 0],
  ['back', 0, 200],
  ['both ways', 150, 150],
])('a sleep never ends before it is due by the store\'s clock, however long requests take %s', async (_, thereMs, backMs) => {
  const world = createTimeline()
  const store = memoryStore({ clock: world.clock })
  const ended: number[] = []
  const definition = saga('s', async ({ sleep }) => {
    await sleep('nap', 2_000)
    ended.push(world.clock.now())
  })
  const engine = (clock: Clock) => createEngine({ sagas: [definition], store: far(store, world, thereMs, backMs), clock, owner: 'w', random: () => 0.5 })
  const first = world.life(store)
  const began = world.clock.now()
  await world.until(engine(first.clock).start(definition, null, { id: 'x' }))
  first.kill()
  const second = engine(world.clock)
  await world.until(second.result('x'))
  const due = (await world.until(Promise.resolve(store.read('x'))))?.log[0]?.entries[0] as { until: number }
  expect(due.until).toBeGreaterThanOrEqual(began + 2_000)
  expect(ended).toHaveLength(1)
  expect(ended[0]).toBeGreaterThanOrEqual(due.until)
})

test('a worker whose clock runs ahead of the store\'s asks it before it ends a sleep', async () => {
  const world = createTimeline()
  const store = memoryStore({ clock: world.clock })
  const fast: Clock = { ...world.clock, monotonic: () => world.clock.monotonic() * 2, after: (ms, run) => world.clock.after(ms / 2, run) }
  const definition = saga('s', ({ sleep }) => sleep('nap', 1_000))
  const began = world.clock.now()
  const engine = createEngine({ sagas: [definition], store, clock: fast, owner: 'w', random: () => 0.5, leaseMs: 100_000, pollMs: 100_000 })
  const run = await world.until(engine.start(definition, null))
  await world.until(run.result())
  expect(world.clock.now() - began).toBeGreaterThanOrEqual(1_000)
})

test('nothing begins before the store has told its time: a wait counted by a wrong clock would be too short', async () => {
  const world = createTimeline()
  const store = memoryStore({ clock: world.clock })
  const behind: Clock = { ...world.clock, now: () => world.clock.now() - 500_000 }
  let away = true
  const shaky: Store = { ...store, take: (options) => (away ? Promise.reject(new Error('away')) : store.take(options)) }
  const definition = saga('s', ({ sleep }) => sleep('nap', 1_000))
  const engine = createEngine({ sagas: [definition], store: shaky, clock: behind, owner: 'w', random: () => 0.5 })
  await expect(world.until(engine.start(definition, null, { id: 'x' }))).rejects.toMatchObject({ code: 'store' })
  away = false
  const began = world.clock.now()
  const run = await world.until(engine.start(definition, null, { id: 'x' }))
  await world.until(run.result())
  expect(world.clock.now() - began).toBeGreaterThanOrEqual(1_000)
})
