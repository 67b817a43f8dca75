import { begin, derive, Scope, signalOf } from './context.ts'
import { systemClock } from './ground/clock.ts'
import type { Clock } from './ground/clock.ts'
import { TimeoutError } from './ground/errors.ts'
import { duration, expect, read, typed } from './ground/options.ts'
import type { Policy } from './ground/types.ts'

export interface TimeoutOptions {
  /** Default: the runtime's. */
  readonly clock?: Pick<Clock, 'monotonic' | 'after'>
}

/**
 * Rejects with a `TimeoutError` after `ms` milliseconds, or earlier when an outer deadline comes first, and aborts the context's
 * `signal` with that error. The call itself cannot be stopped from outside: pass the signal on, or it runs to its end unheard.
 * Calls within learn of their `deadlineMs`. When the deadline has already passed, the call is not made.
 *
 * @param ms - 1 to 2 147 483 647
 * @throws RangeError or TypeError for anything else
 */
export function timeout(ms: number, options?: TimeoutOptions): Policy {
  expect('timeout', 'ms', ms, duration(0, 1))
  const { clock } = read('timeout', options, { clock: typed<Pick<Clock, 'monotonic' | 'after'>>(systemClock, 'object') })
  return {
    run: (call, options) =>
      new Promise((resolve, reject) => {
        const outer = begin(call, options)
        const now = clock.monotonic()
        const deadlineMs = Math.min(now + ms, outer.deadlineMs ?? Infinity)
        if (deadlineMs <= now) return reject(new TimeoutError(0))

        const scope = new Scope()
        const context = derive(outer, { source: scope, deadlineMs })
        const given = signalOf(outer)
        let work: PromiseLike<unknown> | undefined
        const ending = <T>(settle: (outcome: T) => void) => (outcome: T): void => {
          timer.cancel()
          given?.removeEventListener('abort', abandon)
          settle(outcome)
        }
        const fail = ending(reject)
        const giveUp = (reason: unknown): void => {
          fail(reason)
          scope.abort(reason)
          if (work !== undefined) outer.linger?.(work)
        }
        const abandon = (): void => giveUp(given?.reason)
        const timer = clock.after(deadlineMs - now, () => giveUp(new TimeoutError(deadlineMs - now)))
        given?.addEventListener('abort', abandon, { once: true })
        try {
          const result = Promise.resolve(call(context))
          work = result
          result.then(ending(resolve), fail)
        } catch (error) {
          fail(error)
        }
      }),
  }
}
