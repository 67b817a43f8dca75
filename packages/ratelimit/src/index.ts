/**
 * One exact token bucket. A limiter answers at once with a decision, which is a value: admitted or not, why, and to the millisecond
 * how long to wait. Whole numbers throughout, several limits at once, and memory that is bounded without forgetting who has spent.
 *
 * ```ts
 * const limiter = createLimiter([perSecond(10), perHour(1000)])
 * const { allowed, retryAfterMs } = limiter.take(userId)
 * ```
 */
export { limit, perDay, perHour, perMinute, perSecond, type LimitExtras } from './core/limits.ts'
export type { LimiterOptions } from './ground/options.ts'
export type { Outage, SharedEvent, SharedLimiter, SharedOptions, SharedSnapshot, Store } from './ground/store.ts'
export type {
  ChargeOptions,
  Clock,
  Decision,
  Held,
  Key,
  Limit,
  Limiter,
  LimiterEvent,
  LimiterSnapshot,
  Policy,
  Reason,
  WaitOptions,
} from './ground/types.ts'
export { createLimiter } from './limiter.ts'
