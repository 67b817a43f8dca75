import type { OpenReason } from './ground/errors.ts'
import type { Verdict } from './ground/types.ts'

/** `isolated` is held open by hand, whatever lies beneath. */
export type BreakerState = 'closed' | 'open' | 'half-open' | 'isolated'

/** What `onEvent` of a breaker tells; a change before the outcome that made it. All times in milliseconds, `at` on the wall clock. */
export type BreakerEvent =
  | {
      readonly type: 'transition'
      readonly breaker: string
      readonly at: number
      readonly from: BreakerState
      readonly to: BreakerState
      /** Why, in words: what the rule counted, or what was called. */
      readonly reason: string
      /** Until the next probe may go; 0 unless `to` is `open`. */
      readonly retryAfterMs: number
    }
  | {
      readonly type: 'refused'
      readonly breaker: string
      readonly at: number
      readonly reason: OpenReason
      readonly retryAfterMs: number
      /** False when the breaker only observes and let the call pass all the same. */
      readonly enforced: boolean
    }
  | {
      readonly type: 'outcome'
      readonly breaker: string
      readonly at: number
      readonly verdict: Verdict
      readonly durationMs: number
      /** True when the call belongs to an earlier generation, so that its outcome changed nothing. */
      readonly stale: boolean
      /** What failed, when something did. */
      readonly error?: unknown
    }
