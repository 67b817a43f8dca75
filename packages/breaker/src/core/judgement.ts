import { REFUSED } from '../ground/refused.ts'
import type { Verdict } from '../ground/types.ts'

/** What a signal tells about itself. */
export interface Aborted {
  readonly aborted: boolean
  readonly reason: unknown
}

/**
 * The default verdict on an error. A refusal of another policy and the caller's own change of mind say nothing about the target, so they are
 * ignored; running out of time does, so an abort whose reason is a `TimeoutError` (ours, or that of `AbortSignal.timeout`) is a failure.
 */
export function judgement(error: unknown, source: Aborted | undefined): Verdict {
  const gaveUp = source?.aborted === true && Object(source.reason).name !== 'TimeoutError'
  return gaveUp || isRefusal(error) ? 'ignore' : 'fail'
}

/** Told by what it carries rather than by its class, which few policies need to bring along. */
export function isRefusal(error: unknown): boolean {
  return REFUSED in Object(error)
}
