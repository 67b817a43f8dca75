/** Undos that take no time, begun together in one life, were meant to be begun a second time by the loop that had begun the first of them: the log said so behind its end. */
import { createEngine, memoryStore, saga } from '@distrokit/saga'
import { createTimeline } from '@distrokit/saga/testing'
import { expect, test } from 'vitest'

test('undos that are under way when a life ends are made once each by the next, however quick they are', async () => {
  const world = createTimeline()
  const store = memoryStore({ clock: world.clock })
  const undone: string[] = []
  const pair = saga('pair', async ({ step }) => {
    await Promise.all(['a', 'b'].map((name) => step(name, { do: () => name, undo: () => undone.push(name), undoRetry: { retries: 0 } })))
    await step('c', () => { throw new Error('no') })
  }, { undoOrder: 'causal' })
  const first = world.life(store)
  first.plan = (writes) => (writes.some(({ entries }) => entries.some((entry) => entry.kind === 'undo-intent')) ? 'after' : 'live')
  const dying = createEngine({ sagas: [pair], store: first.store, clock: first.clock, random: () => 0.5, owner: 'worker' })
  await world.until(dying.start(pair, null, { id: 'x' }))
  await world.pass(1_000)
  expect(first.dead).toBe(true)
  const second = world.life(store)
  const engine = createEngine({ sagas: [pair], store: second.store, clock: second.clock, random: () => 0.5, owner: 'worker' })
  await world.until(engine.result('x').catch(() => {}))
  expect(undone.sort()).toEqual(['a', 'b'])
  const { log } = (await store.read('x'))!
  expect(log.flatMap((record) => record.entries).map((entry) => entry.kind).slice(-5)).toEqual(['undo-intent', 'undo-intent', 'undone', 'undone', 'end'])
})
