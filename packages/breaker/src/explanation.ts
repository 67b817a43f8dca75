import type { BreakerState } from './events.ts'

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

export function explanation(name: string, facts: Omit<Explanation, 'text'>): Explanation {
  const { state, rule, reason, errors, retryAfterMs } = facts
  const why = reason && `: ${reason}`
  const by = rule === undefined ? '' : ` (${rule})`
  const last = errors.length > 0 ? ` Last error: ${inWords(errors.at(-1))}.` : ''
  const next = state === 'open' ? ` The next probe may go in ${Math.ceil(retryAfterMs)} ms.` : ''
  return { ...facts, text: `Breaker "${name}" is ${state}${why}${by}.${last}${next}` }
}

/** Anything can be thrown, also what has no words for itself. */
function inWords(error: unknown): string {
  try {
    return String(error)
  } catch {
    return typeof error
  }
}
