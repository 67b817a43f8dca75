/**
 * A circuit breaker that stays right under concurrency, and the policies around a call.
 *
 * Start with `createBreaker`; combine with `compose`. Everything else is one function per idea.
 *
 * @module
 */
export { createBreaker } from './breaker.ts'
export type { Breaker } from './breaker.ts'
export { createBudget } from './budget.ts'
export type { Budget, BudgetOptions } from './budget.ts'
export { bulkhead } from './bulkhead.ts'
export type { Bulkhead, BulkheadOptions } from './bulkhead.ts'
export { compose } from './compose.ts'
export type { Jitter } from './core/backoff.ts'
export { consecutive } from './core/consecutive.ts'
export { failureCount } from './core/failure-count.ts'
export type { FailureCountOptions } from './core/failure-count.ts'
export { failureRate } from './core/failure-rate.ts'
export type { FailureRateOptions } from './core/failure-rate.ts'
export type { Rule, Window } from './core/rule.ts'
export { slowRate } from './core/slow-rate.ts'
export type { SlowRateOptions } from './core/slow-rate.ts'
export type { BreakerEvent, BreakerState } from './events.ts'
export type { Explanation } from './explanation.ts'
export type { Clock, Random, Timer } from './ground/clock.ts'
export { FullError, OpenError, RefusedError, TimeoutError } from './ground/errors.ts'
export type { OpenReason } from './ground/errors.ts'
export type { Call, Context, Judge, Outcome, Policy, RunOptions, Verdict } from './ground/types.ts'
export type { Handle } from './listeners.ts'
export type { Permit } from './permit.ts'
export { retry } from './retry.ts'
export type { Retry, RetryEvent, RetryOptions } from './retry.ts'
export type { BreakerOptions } from './settings.ts'
export type { BreakerSnapshot } from './snapshot.ts'
export { timeout } from './timeout.ts'
export type { TimeoutOptions } from './timeout.ts'
export { wrap } from './wrap.ts'
