import { firstBaseline, inspect } from './core/skew.ts'
import { WATCH_MS } from './ground/defaults.ts'
import type { ClockEvent, ClockListener } from './ground/events.ts'
import type { PhysicalClock } from './ground/types.ts'

/**
 * Those who watch a clock, and the look at wall against monotonic time that is done for them. It costs nothing while nobody listens,
 * and one comparison a call while somebody does: the monotonic clock is read once a second, or when the wall clock jumps.
 */
export interface Watch {
  onEvent(listener: ClockListener): Disposable
  emit(event: ClockEvent): void
  /** Every wall reading of the clock passes here, after its step is done. */
  see(wallMs: number): void
}

/** @param stampMs the physical part of the clock's last stamp */
export function createWatch(physical: PhysicalClock, stampMs: () => number): Watch {
  const listeners = new Set<{ readonly hear: ClockListener }>()
  let baseline = firstBaseline
  let lookedMs = Infinity
  let heartbeat: { cancel(): void } | undefined

  const emit = (event: ClockEvent): void => {
    for (const { hear } of listeners) {
      try {
        hear(event)
      } catch {
        // A listener is a guest: what it throws must not reach the code that asked for a stamp.
      }
    }
  }
  const look = (wallMs: number, lateMs: number): void => {
    const { next, events } = inspect(baseline, { wallMs, monotonicMs: physical.monotonic?.() ?? NaN, stampMs: stampMs(), lateMs })
    baseline = next
    lookedMs = wallMs
    events.forEach(emit)
  }
  const beat = (): void => {
    const plannedMs = (physical.monotonic?.() ?? NaN) + WATCH_MS
    heartbeat = physical.after?.(WATCH_MS, () => {
      look(physical.now(), (physical.monotonic?.() ?? NaN) - plannedMs)
      if (listeners.size > 0) beat()
    })
  }
  return {
    emit,
    see(wallMs) {
      if (listeners.size > 0 && !(wallMs >= lookedMs && wallMs < lookedMs + WATCH_MS)) look(wallMs, 0)
    },
    onEvent(listener) {
      if (typeof listener !== 'function') throw new TypeError('expected a function that takes clock events')
      const entry = { hear: listener }
      listeners.add(entry)
      if (listeners.size === 1) {
        baseline = firstBaseline
        look(physical.now(), 0)
        beat()
      }
      return {
        [Symbol.dispose]() {
          if (listeners.delete(entry) && listeners.size === 0) heartbeat?.cancel()
        },
      }
    },
  }
}
