import type { Breaker } from './breaker.ts'
import { duration, expect } from './ground/options.ts'
import { inside } from './inside.ts'
import type { Handle } from './listeners.ts'

// What an operator, a health check or the rest of a fleet does to a breaker. Each throws a TypeError for one that `createBreaker` did not make.

/** Refuses everything until each handle given out has been disposed of; then the state beneath counts again. */
export function isolate(breaker: Breaker): Handle {
  const circuit = inside('isolate', breaker)
  const before = circuit.state
  circuit.isolations++
  circuit.moved(before, 'isolate() was called')
  let held = true
  return {
    [Symbol.dispose]() {
      if (!held) return
      held = false
      circuit.isolations--
      circuit.moved('isolated', 'every isolation was released')
    },
  }
}

/**
 * Opens by decision from elsewhere. When it is open already, only the wait changes.
 *
 * @param openMs - until the next probe may go, milliseconds, 0 or more; as long as an opening of its own when left out
 * @throws RangeError or TypeError for anything else
 */
export function trip(breaker: Breaker, reason: string, openMs?: number): void {
  const circuit = inside('trip', breaker)
  if (openMs !== undefined) expect('trip', 'openMs', openMs, duration(0))
  const before = circuit.state
  if (circuit.phase !== 'open') circuit.turn('open', reason)
  if (openMs !== undefined) circuit.until = circuit.clock.monotonic() + openMs
  circuit.moved(before, reason)
}

/** Closes, and forgets what was counted. Isolation stays. */
export function reset(breaker: Breaker): void {
  const circuit = inside('reset', breaker)
  const before = circuit.state
  circuit.errors = []
  circuit.turn('closed', 'reset() was called')
  circuit.until = 0
  circuit.moved(before, circuit.reason)
}
