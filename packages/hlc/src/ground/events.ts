import type { DriftError } from './errors.ts'
import type { Stamp } from './types.ts'

/** What a clock reports to those who listen. Nothing here changes what the clock does. */
export type ClockEvent =
  /** A remote stamp was too far ahead; its caller has been told as well. */
  | { readonly type: 'refused'; readonly error: DriftError }
  /** A stamp with this clock's own id came in that this clock has not issued: two nodes share the id, or one forgot its past. */
  | { readonly type: 'conflict'; readonly remote: Stamp }
  /** Hybrid time is `leadMs` ahead of the wall clock: told from one second on, and again at each doubling, until it is back at 0. */
  | { readonly type: 'lead'; readonly leadMs: number; readonly wallMs: number }
  /** A durable clock could not save its mark; it tries again in `retryMs` (never, when another clock writes to its store). */
  | { readonly type: 'save-failed'; readonly error: unknown; readonly retryMs: number }
  | SkewEvent

/** What a watched physical clock reports (`createWatchedClock`). */
export type SkewEvent =
  /** The wall clock went ahead of the monotonic one: it was set, or the machine slept and its monotonic clock with it. */
  | { readonly type: 'forward'; readonly byMs: number; readonly wallMs: number }
  /** The wall clock fell behind the monotonic one: it was set back, stands still, or runs slow. */
  | { readonly type: 'backward'; readonly byMs: number; readonly wallMs: number }
  /** A heartbeat came `byMs` too late: the machine, the process or its event loop stood still. */
  | { readonly type: 'suspended'; readonly byMs: number; readonly wallMs: number }

export type ClockListener = (event: ClockEvent) => void
