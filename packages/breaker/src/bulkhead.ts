import { begin, signalOf } from './context.ts'
import type { CallContext } from './context.ts'
import { WaitingRoom } from './core/waiting-room.ts'
import { systemClock } from './ground/clock.ts'
import type { Clock } from './ground/clock.ts'
import { LINGER_MS } from './ground/defaults.ts'
import { FullError, TimeoutError } from './ground/errors.ts'
import { count, duration, expect, read, typed } from './ground/options.ts'
import type { Call, Policy, RunOptions } from './ground/types.ts'
import { Places } from './places.ts'

export interface BulkheadOptions {
  /** Calls that may run at once: 1 or more. */
  readonly limit: number
  /** Calls that may wait for a place: 0 or more. Default 0. More important ones (`priority`) go first and displace others from a full queue. */
  readonly queue?: number
  /** The longest wait for a place, milliseconds. Default: as long as the signal and the deadline allow. */
  readonly waitMs?: number
  /** How long a call that was given up but still runs keeps its place, milliseconds. Default 60 000. */
  readonly lingerMs?: number
  readonly clock?: Pick<Clock, 'monotonic' | 'after'>
}

export interface Bulkhead extends Policy {
  /** Calls that run now, those included that a timeout within gave up but that have not ended. */
  readonly active: number
  /** Calls that wait for a place. */
  readonly queued: number
}

/**
 * Limits how many calls run at once, so that one slow target cannot take all of a process ("bulkheads" in Nygard's "Release It!").
 * What finds no place and no room to wait is refused with a `FullError`.
 *
 * @throws TypeError or RangeError for options that are unknown or out of range
 */
export function bulkhead(options: BulkheadOptions): Bulkhead {
  const { limit, queue, waitMs, lingerMs, clock } = read('bulkhead', options, {
    limit: count(undefined),
    queue: count(0, 0),
    waitMs: duration(undefined),
    lingerMs: duration(LINGER_MS),
    clock: typed<Pick<Clock, 'monotonic' | 'after'>>(systemClock, 'object'),
  })
  expect('bulkhead', 'limit', limit, count(0))
  const room = new WaitingRoom(queue)
  const places = new Places(lingerMs, clock, () => room.next()?.admit() ?? false)
  const full = (): FullError => new FullError(limit, room.length)

  /** Resolves when a place was handed over. */
  const wait = (context: CallContext): Promise<void> =>
    new Promise((resolve, reject) => {
      const signal = signalOf(context)
      const leave = (error: unknown): void => {
        forget()
        room.leave(waiter)
        reject(error)
      }
      const forget = (): void => {
        timer?.cancel()
        signal?.removeEventListener('abort', onAbort)
      }
      const onAbort = (): void => leave(signal?.reason)
      const waiter = {
        priority: context.priority,
        admit(): true {
          forget()
          resolve()
          return true
        },
        refuse: () => leave(full()),
      }
      const leftMs = (context.deadlineMs ?? Infinity) - clock.monotonic()
      if (leftMs <= 0) return reject(new TimeoutError(0))
      const patienceMs = Math.min(waitMs ?? Infinity, leftMs)
      const timer = patienceMs < Infinity
        ? clock.after(patienceMs, () => leave(leftMs <= patienceMs ? new TimeoutError(patienceMs) : full()))
        : undefined
      signal?.addEventListener('abort', onAbort, { once: true })
      room.enter(waiter)?.refuse()
    })

  return {
    get active() {
      return places.taken
    },
    get queued() {
      return room.length
    },
    async run<T>(call: Call<T>, options?: RunOptions): Promise<T> {
      const outer = begin(call, options)
      if (places.taken < limit) places.take()
      else await wait(outer)
      return places.occupy(call, outer)
    },
  }
}
