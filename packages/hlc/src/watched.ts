import { systemClock } from './ground/clock.ts'
import { STEP_MS, SUSPEND_MS, WATCH_MS } from './ground/defaults.ts'
import type { SkewEvent } from './ground/events.ts'
import { checkRest, checkWhole } from './ground/check.ts'
import type { FullClock } from './ground/physical.ts'
import { createListeners } from './listeners.ts'

export interface WatchedClockOptions {
  /** The clock to watch; it must have `monotonic` and `after` too. Default: the process's own. */
  readonly clock?: FullClock | undefined
  /** A difference between wall and monotonic time that is reported, in milliseconds. Default 250: above a coarse clock's rounding. */
  readonly stepMs?: number | undefined
  /** A heartbeat that comes this much late tells of a suspension, in milliseconds. Default 5 000: above a long garbage collection. */
  readonly suspendMs?: number | undefined
}

/** A physical clock that compares its wall time with its monotonic time and reports when they part. */
export interface WatchedClock extends FullClock, Disposable {
  onEvent(listener: (event: SkewEvent) => void): Disposable
}

/**
 * Watches a physical clock for whoever reads it: `createClock({ clock: createWatchedClock() })`.
 *
 * A reading costs one comparison. The monotonic clock is read once a second, by the heartbeat, and when the wall clock moves out of the
 * second it was last seen in. Small steps add up until they reach `stepMs`. Dispose of it to end the heartbeat.
 */
export function createWatchedClock(options: WatchedClockOptions = {}): WatchedClock {
  const { clock = systemClock, stepMs = STEP_MS, suspendMs = SUSPEND_MS, ...rest } = options
  checkRest(rest)
  checkWhole('stepMs', stepMs, 0, Infinity)
  checkWhole('suspendMs', suspendMs, 0, Infinity)
  const { emit, add } = createListeners<SkewEvent>()
  /** Wall minus monotonic when a step was last reported. */
  let offsetMs = clock.now() - clock.monotonic()
  let lookedMs = clock.now()

  const look = (wallMs: number): void => {
    lookedMs = wallMs
    const byMs = wallMs - clock.monotonic() - offsetMs
    if (!(Math.abs(byMs) >= stepMs)) return
    offsetMs += byMs
    emit({ type: byMs > 0 ? 'forward' : 'backward', byMs: Math.abs(byMs), wallMs })
  }
  const beat = (): { cancel(): void } => {
    const dueMs = clock.monotonic() + WATCH_MS
    return clock.after(WATCH_MS, () => {
      heartbeat = beat()
      const byMs = clock.monotonic() - dueMs
      if (byMs >= suspendMs) emit({ type: 'suspended', byMs, wallMs: clock.now() })
      look(clock.now())
    })
  }
  let heartbeat = beat()
  return {
    now() {
      const wallMs = clock.now()
      if (!(wallMs >= lookedMs && wallMs < lookedMs + WATCH_MS)) look(wallMs)
      return wallMs
    },
    monotonic: () => clock.monotonic(),
    after: (ms, run) => clock.after(ms, run),
    onEvent: add,
    [Symbol.dispose]: () => heartbeat.cancel(),
  }
}
