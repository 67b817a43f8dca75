/** `step.pivot` and `step.tx` were function literals behind an assignment: V8 lets those, and all that their saga had in memory, live until the next full collection. */
import { createEngine, memoryStore, saga } from '@distrokit/saga'
import { getHeapSpaceStatistics, setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { expect, test } from 'vitest'

const names = Array.from({ length: 10 }, (_, index) => `step ${index}`)

test('what a finished saga had in memory does not outlive a small collection', async () => {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as (options?: { type: 'minor' }) => void
  const oldSpace = (): number => getHeapSpaceStatistics().find((space) => space.space_name === 'old_space')?.space_used_size ?? 0
  const steps = saga('steps', async ({ step }) => {
    for (const name of names) await step(name, () => ({ ok: 1 }), () => undefined)
  })
  const store = memoryStore()
  const engine = createEngine({ sagas: [steps], store })
  const run = async (sagas: number): Promise<void> => {
    for (let index = 0; index < sagas; index++) {
      const { id, result } = await engine.start(steps, null)
      await result()
      store.forget(id)
      if (index % 250 === 0) collect({ type: 'minor' })
    }
  }
  await run(500)
  collect()
  const before = oldSpace()
  await run(1_500)
  expect((oldSpace() - before) / 1_500).toBeLessThan(3_000)
  await engine.close()
})
