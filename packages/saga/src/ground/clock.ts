/** The only file that touches ambient time, randomness and the event loop. Everything else is handed what it needs. */
import type { Clock, Timer } from './types.ts'

const LONGEST_TIMER_MS = 2 ** 31 - 1

/** The process's own clock. The globals are looked up at each call, so a test runner's fake timers work as well. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  after,
}

/** The process's own source of chance, in [0, 1). */
export const systemRandom = (): number => Math.random()

// A runtime's timer fires at once when its delay does not fit 31 bits, so a longer wait is taken in several bites.
function after(ms: number, run: () => void): Timer {
  const bite = Math.min(ms, LONGEST_TIMER_MS)
  let handle = setTimeout(() => next(ms - bite), bite)
  function next(left: number): void {
    if (left <= 0) return run()
    const bite = Math.min(left, LONGEST_TIMER_MS)
    handle = setTimeout(() => next(left - bite), bite)
  }
  return { cancel: () => clearTimeout(handle) }
}

/** Runs after the current turn of the event loop, when everything that the turn's I/O woke has had its say. */
export function afterTurn(run: () => void): void {
  if (typeof setImmediate === 'function') setImmediate(run)
  else setTimeout(run, 0)
}
