import { parentPort, workerData } from 'node:worker_threads'
import { createSharedClock, type SharedHandle } from '../../src/adapters/shared.ts'

/** Takes `amount` stamps of the shared clock and hands them over as packed words; for ever, silently, if `amount` is 0. */
const { handle, amount } = workerData as { readonly handle: SharedHandle; readonly amount: number }
const clock = createSharedClock({ handle })
if (amount === 0) {
  parentPort?.postMessage('running', [])
  for (;;) clock.now()
}
// Relative to the first, so that a word fits a double exactly.
const originMs = clock.peek().ms
const words = new Float64Array(amount)
for (let index = 0; index < amount; index++) {
  const { ms, count } = clock.now()
  words[index] = (ms - originMs) * 65_536 + count
}
parentPort?.postMessage({ originMs, words }, [words.buffer])
