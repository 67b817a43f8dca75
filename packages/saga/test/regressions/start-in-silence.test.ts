/**
 * Found by a PostgreSQL that answered COMMIT with silence: the saga was there, its lease ran out, a worker took it over and ended it, and whoever had started it
 * waited for ever.
 */
import { saga } from '@distrokit/saga'
import { expect, test } from 'vitest'
import { createTop, failure } from '../bench-top.ts'

test('a start whose answer is lost in silence resolves once another life has taken the saga', async () => {
  const { engine, until, effects, store, world } = createTop()
  const definition = saga('s', ({ step }) => step('a', ({ key }) => (effects.push(key), 'done')))
  const worker = engine({ sagas: [definition], pollMs: 100 })
  await until(worker.recover())
  const { commit } = worker.life.store
  worker.life.store.commit = (writes) => {
    worker.life.store.commit = commit
    void commit(writes)
    return new Promise(() => {})
  }
  const started = worker.start(definition, null, { id: 'x' })
  await world.pass(10)
  // Another life takes it and is gone at once, so this engine takes it back: as another life.
  void store.take({ names: [], owner: 'thief', leaseMs: 1, limit: 1, ids: ['x'] })
  const run = await until(started)
  expect(await until(run.result())).toBe('done')
  expect(effects).toEqual(['x:0:do'])
})

test('a start that has no answer yet is told when the engine closes', async () => {
  const { engine, until } = createTop()
  const definition = saga('s', ({ step }) => step('a', () => 'done'))
  const worker = engine({ sagas: [definition], leaseMs: 1_000, closeMs: 100 })
  await until(worker.recover())
  worker.life.store.commit = () => new Promise(() => {})
  const started = failure(worker.start(definition, null, { id: 'x' }))
  void worker.close()
  expect(['engine-closed', 'store']).toContain((await until(started)).code)
})

test('a beat does not take a start that is still on its way for a lease that was lost', async () => {
  // Found by the benchmark on a slow disk: the store did not know the saga yet, so the beat called it lost, and its caller waited for ever.
  const { engine, until, world, events } = createTop()
  const definition = saga('s', ({ step }) => step('a', () => 'done'))
  const worker = engine({ sagas: [definition], leaseMs: 3_000, pollMs: 100 })
  await until(worker.recover())
  const { commit } = worker.life.store
  worker.life.store.commit = async (writes) => {
    await new Promise<void>((resolve) => void world.clock.after(2_500, resolve))
    return commit(writes)
  }
  await world.pass(900)
  const busy = await until(worker.start(definition, null, { id: 'x' }))
  expect(await until(busy.result())).toBe('done')
  const two = await until(Promise.all([worker.start(definition, null, { id: 'y' }), worker.start(definition, null, { id: 'z' })]))
  expect(await until(Promise.all(two.map((run) => run.result())))).toEqual(['done', 'done'])
  expect(events.filter((event) => event.type === 'lease-lost')).toEqual([])
})
