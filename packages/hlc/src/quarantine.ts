import { checkStamp, compare } from './core/stamp.ts'
import { systemClock } from './ground/clock.ts'
import { LONGEST_TIMER_MS, MAX_DRIFT_MS, MAX_ENTRIES, MAX_HELD, MAX_HOLD_MS } from './ground/defaults.ts'
import { checkFunction, checkRest, checkWhole } from './ground/check.ts'
import type { FullClock } from './ground/physical.ts'
import type { Stamp } from './ground/types.ts'
import { createListeners } from './listeners.ts'

export interface QuarantineOptions<Message> {
  /** Takes what is due, in the order of the stamps: usually the code that received it the first time. */
  readonly release: (message: Message, stamp: Stamp) => void
  /** That of the clock which refused, so that what is released is admitted. Default 60 000. */
  readonly maxDriftMs?: number | undefined
  /** Most messages held, 1 or more. At the bound the one furthest ahead gives way. Default 1 000. */
  readonly maxHeld?: number | undefined
  /** A message that would have to wait longer is not taken, in milliseconds. Default 3 600 000 (an hour, a wrong time zone). */
  readonly maxHoldMs?: number | undefined
  readonly clock?: Pick<FullClock, 'now' | 'after'> | undefined
}

/** What became of a message: `held`, or refused because it is `too-far` ahead or the quarantine is `full` of nearer ones. */
export type Holding = 'held' | 'too-far' | 'full'

export type QuarantineEvent<Message> =
  /** It gave way to a message that is due sooner, and is lost. */
  | { readonly type: 'evicted'; readonly message: Message; readonly stamp: Stamp }
  /** `release` threw; the message has left the quarantine. */
  | { readonly type: 'release-failed'; readonly message: Message; readonly stamp: Stamp; readonly error: unknown }

/** Messages from the future, kept until their time has come. */
export interface Quarantine<Message> extends Disposable {
  readonly size: number
  /** Keeps a message whose stamp was refused. */
  hold(message: Message, stamp: Stamp): Holding
  /** Releases what is due; also done by a timer. Returns how many. */
  drain(): number
  onEvent(listener: (event: QuarantineEvent<Message>) => void): Disposable
  /** What is held, soonest first: to write it down before the process ends. */
  [Symbol.iterator](): Iterator<{ readonly message: Message; readonly stamp: Stamp }>
}

/** A quarantine for what a clock refuses as too far ahead: nothing is lost over a clock that was wrong for a while. */
export function createQuarantine<Message>(options: QuarantineOptions<Message>): Quarantine<Message> {
  const { release, maxDriftMs = MAX_DRIFT_MS, maxHeld = MAX_HELD, maxHoldMs = MAX_HOLD_MS, clock = systemClock, ...rest } = options
  checkRest(rest)
  checkFunction('release', release)
  checkFunction('clock.after', clock.after)
  checkWhole('maxDriftMs', maxDriftMs, 0, Infinity)
  checkWhole('maxHoldMs', maxHoldMs, 0, Infinity)
  checkWhole('maxHeld', maxHeld, 1, MAX_ENTRIES)
  const { emit, add } = createListeners<QuarantineEvent<Message>>()
  /** Soonest first. */
  const held: { readonly message: Message; readonly stamp: Stamp }[] = []
  let timer: { cancel(): void } | undefined
  let disposed = false

  // While the wall clock shows nonsense everything waits.
  const waitMs = (stamp: Stamp): number => (Number.isFinite(clock.now()) ? stamp.ms - maxDriftMs - clock.now() : Infinity)
  const arm = (): void => {
    timer?.cancel()
    const next = held[0]
    if (next === undefined || disposed) return
    timer = clock.after(Math.min(Math.max(0, waitMs(next.stamp)), LONGEST_TIMER_MS), drain)
  }
  const drain = (): number => {
    const due: typeof held = []
    while (held[0] !== undefined && waitMs(held[0].stamp) <= 0) due.push(held.shift()!)
    // Armed first, so that a release that holds again, or throws, leaves the rest in order.
    arm()
    for (const { message, stamp } of due) {
      try {
        release(message, stamp)
      } catch (error) {
        emit({ type: 'release-failed', message, stamp, error })
      }
    }
    return due.length
  }
  return {
    get size() {
      return held.length
    },
    hold(message, stamp) {
      checkStamp(stamp)
      if (waitMs(stamp) > maxHoldMs) return 'too-far'
      const last = held.at(-1)
      if (held.length >= maxHeld && last !== undefined) {
        if (compare(stamp, last.stamp) >= 0) return 'full'
        emit({ type: 'evicted', ...held.pop()! })
      }
      const at = held.findLastIndex((other) => compare(other.stamp, stamp) <= 0) + 1
      held.splice(at, 0, { message, stamp })
      if (at === 0) arm()
      return 'held'
    },
    drain,
    onEvent: add,
    [Symbol.iterator]: () => [...held][Symbol.iterator](),
    [Symbol.dispose]() {
      disposed = true
      timer?.cancel()
    },
  }
}
