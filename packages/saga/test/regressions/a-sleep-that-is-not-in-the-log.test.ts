/** A life whose commit of a sleep was under way while another took the saga told its function that the sleep was over, by a time that no log had. */
import { createEngine, memoryStore, saga } from '@distrokit/saga'
import { createTimeline } from '@distrokit/saga/testing'
import { expect, test } from 'vitest'

test('a sleep is over only when it is in the log, however long its commit takes', async () => {
  const world = createTimeline()
  const store = memoryStore({ clock: world.clock })
  const woke: number[] = []
  const nap = saga('nap', async ({ step, sleep }) => {
    await step('a', () => 'a')
    await Promise.all([sleep('short', 300), sleep('long', 400)])
    woke.push(world.clock.now())
  })
  const life = world.life(store)
  const { commit } = life.store
  let slow = 0
  life.store.commit = async (writes) => {
    if (writes.some(({ entries }) => entries.some((entry) => entry.kind === 'intent' && entry.type === 'sleep'))) {
      slow = world.clock.now()
      await new Promise<void>((resolve) => void world.clock.after(2_000, resolve))
    }
    return commit(writes)
  }
  const engine = createEngine({ sagas: [nap], store: life.store, clock: life.clock, random: () => 0.5, pollMs: 50 })
  await world.until((await world.until(engine.start(nap, null))).result())
  expect(woke).toHaveLength(1)
  expect(woke[0]).toBeGreaterThanOrEqual(slow + 2_000)
})
