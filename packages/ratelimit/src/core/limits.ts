import type { Limit, Policy } from '../ground/types.ts'
import { compileLimit, toPolicy } from './bandwidth.ts'

export interface LimitExtras {
  /** Capacity of the bucket in tokens. Default: the limit. */
  readonly burst?: number | undefined
  /** Name in decisions and headers. Default: what the limit says, such as `10-per-second`. */
  readonly name?: string | undefined
}

/** Any limit: `limit({ limit: 5, perMs: 90_000, burst: 10, name: 'login' })`. Throws a `RangeError` or `TypeError` for one that makes no sense. */
export function limit(given: Limit): Policy {
  return toPolicy(compileLimit(given))
}

/** `tokens` every second. */
export const perSecond = (tokens: number, extras: LimitExtras = {}): Policy => limit({ ...extras, limit: tokens, perMs: 1000 })

/** `tokens` every minute. */
export const perMinute = (tokens: number, extras: LimitExtras = {}): Policy => limit({ ...extras, limit: tokens, perMs: 60_000 })

/** `tokens` every hour. */
export const perHour = (tokens: number, extras: LimitExtras = {}): Policy => limit({ ...extras, limit: tokens, perMs: 3_600_000 })

/** `tokens` every 24 hours. */
export const perDay = (tokens: number, extras: LimitExtras = {}): Policy => limit({ ...extras, limit: tokens, perMs: 86_400_000 })
