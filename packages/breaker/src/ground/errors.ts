import { REFUSED } from './refused.ts'

/**
 * The call was refused on this side and never reached its target. Breakers ignore these, so that one policy's refusal never trips another.
 *
 * Refusals have no stack trace: they are frequent exactly when a process has no time to spare, walking the stack is nine tenths of what
 * they cost, and their fields say all there is to know.
 */
export class RefusedError extends Error {
  /** How many stack frames refusals record, like `Error.stackTraceLimit`. 0 by default; raise it to find out who was refused. */
  static override stackTraceLimit = 0
  override readonly name: string = 'RefusedError'
  /** The literal kind, for `switch`. */
  readonly code: string = 'refused'
  /** Milliseconds until another try may be worth it; 0 when unknown. */
  declare readonly retryAfterMs: number

  constructor(message: string, retryAfterMs: number = 0, options?: ErrorOptions) {
    const limit = Error.stackTraceLimit
    limitStacks(RefusedError.stackTraceLimit)
    super(message, options)
    limitStacks(limit)
    this.retryAfterMs = retryAfterMs;
    (this as { [REFUSED]?: true })[REFUSED] = true
  }
}

/** Where the intrinsics are frozen this does nothing, and refusals have stacks. */
const limitStacks = (frames: number): unknown => Reflect.set(Error, 'stackTraceLimit', frames)

/** Why a breaker refused: it is open, its probes are all out, someone isolated it, or it has just closed and lets traffic back bit by bit. */
export type OpenReason = 'open' | 'half-open' | 'isolated' | 'ramp'

/** A breaker refused the call. `cause` is the last failure that it counted. */
export class OpenError extends RefusedError {
  override readonly name: string = 'OpenError'
  override readonly code = 'open'
  /** The breaker's name. */
  declare readonly breaker: string
  declare readonly reason: OpenReason

  constructor(breaker: string, reason: OpenReason, retryAfterMs: number, options?: ErrorOptions) {
    const hint = reason === 'isolated' ? 'until it is released' : `try again in ${Math.ceil(retryAfterMs)} ms`
    super(`breaker "${breaker}" refuses calls (${reason}); ${hint}`, retryAfterMs, options)
    this.breaker = breaker
    this.reason = reason
  }
}

/** Every place is taken, and the queue (if any) is full or was waited in for too long. */
export class FullError extends RefusedError {
  override readonly name: string = 'FullError'
  override readonly code = 'full'
  /** Calls that may run at once. */
  declare readonly limit: number
  /** Calls that were waiting. */
  declare readonly queued: number

  constructor(limit: number, queued: number) {
    super(`all ${limit} places are taken and ${queued} calls wait; send less, or allow more`)
    this.limit = limit
    this.queued = queued
  }
}

/** A throttle shed the call, because the target accepts too few of them. */
export class ShedError extends RefusedError {
  override readonly name: string = 'ShedError'
  override readonly code = 'shed'
  /** The share of calls that was being shed, 0 to 1. */
  declare readonly share: number

  constructor(share: number) {
    super(`shed on this side: the target accepts too few calls, so ${Math.round(share * 100)} of 100 are not made; send less`)
    this.share = share
  }
}

/** A balancer has no host to send the call to. */
export class NoHostError extends RefusedError {
  override readonly name: string = 'NoHostError'
  override readonly code = 'no-host'

  constructor() {
    super('the list of hosts is empty; wait for the discovery to bring one')
  }
}

/** The call had no answer in time. It may still be running: honour the context's `signal` to make it stop. */
export class TimeoutError extends Error {
  override readonly name: string = 'TimeoutError'
  readonly code = 'timeout'
  /** What was allowed, milliseconds. */
  declare readonly timeoutMs: number

  constructor(timeoutMs: number) {
    super(`no answer within ${timeoutMs} ms`)
    this.timeoutMs = timeoutMs
  }
}
