import { expect, test } from 'vitest'
import { createEngine, memoryStore, saga, SagaFailed, type Store } from '../../src/index.ts'

/**
 * Found by the campaign `distrolearn/regions`, seed 4: two requests waited for a saga that had failed elsewhere. The first one's look into the
 * store answered both, and the second one, still looking itself, was not listening yet: an unhandled rejection, which ends a process.
 */
test('two who wait for a saga of elsewhere both hear that it failed, though one answer settles both', async () => {
  const store = memoryStore()
  const charge = saga('charge', async ({ step }) => {
    await step('pay', { do: () => Promise.reject(new Error('declined')), undo: () => undefined, retry: { retries: 0 } })
  })
  await using elsewhere = createEngine({ sagas: [charge], store })
  await expect((await elsewhere.start(charge, undefined, { id: 'one' })).result()).rejects.toThrow(SagaFailed)

  // The second look takes longer than the first.
  const gates = [Promise.resolve(), Promise.withResolvers<void>()] as const
  let looks = 0
  const slow: Store = { ...store, read: async (id) => (await (looks++ === 0 ? gates[0] : gates[1].promise), store.read(id)) }
  const unheard: unknown[] = []
  const hear = (reason: unknown): void => void unheard.push(reason)
  process.on('unhandledRejection', hear)
  try {
    await using here = createEngine({ sagas: [charge], store: slow })
    const told = (error: unknown): unknown => error
    const first = here.result('one').catch(told)
    const second = here.result('one').catch(told)
    expect(await first).toBeInstanceOf(SagaFailed)
    // Node tells of unhandled rejections once the microtasks are done.
    await new Promise((resolve) => setImmediate(resolve))
    expect(unheard).toEqual([])
    gates[1].resolve()
    expect(await second).toBeInstanceOf(SagaFailed)
  } finally {
    process.off('unhandledRejection', hear)
  }
})
