import type { Breaker } from './breaker.ts'
import type { BreakerState } from './events.ts'
import { inside } from './inside.ts'

/** Why a breaker is as it is. */
export interface Explanation {
  readonly state: BreakerState
  /** One or two sentences for a log or a dashboard. */
  readonly text: string
  /** The rule that opened it, as it names itself; undefined unless a rule did. */
  readonly rule: string | undefined
  /** What that rule had counted, or what was called. */
  readonly reason: string
  /** The last failures that were counted, oldest first; at most three. */
  readonly errors: readonly unknown[]
  /** Openings in a row without a closing between them. */
  readonly openings: number
  /** Milliseconds until the next probe may go; 0 unless open. */
  readonly retryAfterMs: number
}

/**
 * Why the breaker is as it is: by which rule it opened, the last errors, and when the next probe may go.
 *
 * @throws TypeError for a breaker that `createBreaker` did not make
 */
export function explain(breaker: Breaker): Explanation {
  const circuit = inside('explain', breaker)
  const { name, state, reason, openings, retryAfterMs, errors } = circuit
  const rule = circuit.phase === 'closed' ? undefined : circuit.rule
  const why = reason && `: ${reason}`
  const by = rule === undefined ? '' : ` (${rule})`
  const last = errors.length > 0 ? ` Last error: ${inWords(errors.at(-1))}.` : ''
  const next = state === 'open' ? ` The next probe may go in ${Math.ceil(retryAfterMs)} ms.` : ''
  return { state, text: `Breaker "${name}" is ${state}${why}${by}.${last}${next}`, rule, reason, errors: [...errors], openings, retryAfterMs }
}

/** Anything can be thrown, also what has no words for itself. */
function inWords(error: unknown): string {
  try {
    return String(error)
  } catch {
    return typeof error
  }
}
