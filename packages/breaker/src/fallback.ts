import { begin } from './context.ts'
import type { CallContext } from './context.ts'
import { isRefusal, judgement } from './core/judgement.ts'
import { read, typed } from './ground/options.ts'
import type { Call, Context, Outcome, Policy, RunOptions } from './ground/types.ts'
import { quietly } from './listeners.ts'
import { outcomeOf, surface } from './outcome.ts'

export interface FallbackOptions {
  /** Which outcomes to answer for. Default: every error but the caller's own abort, refusals included. */
  readonly when?: (outcome: Outcome) => boolean
}

/** What stands in: makes the answer from what went wrong. */
export type Substitute<F> = (outcome: Outcome, context: Context) => F | PromiseLike<F>

/**
 * Answers in place of a call that failed: from a cache, with a default, or with less. An error of the substitute itself is the
 * caller's to see.
 *
 * @param to - a function of the outcome; wrap a plain value as `() => value`
 * @throws TypeError when it is no function, or for options that are unknown
 */
export function fallback<F>(to: Substitute<F>, options?: FallbackOptions): Policy<F> {
  if (typeof to !== 'function') throw new TypeError(`fallback: needs a function that gives the answer, such as () => []; got ${String(to)}`)
  const { when } = read('fallback', options, { when: typed<FallbackOptions['when']>(undefined, 'function') })
  const stands = (outcome: Outcome, context: CallContext): boolean => {
    const wanted = when && quietly(() => Boolean(when(outcome)))
    return wanted ?? (!outcome.ok && (isRefusal(outcome.error) || judgement(outcome.error, context.source) === 'fail'))
  }
  return {
    async run<T>(call: Call<T>, options?: RunOptions): Promise<T | F> {
      const context = begin(call, options)
      const outcome = await outcomeOf(call, context)
      return stands(outcome, context) ? to(outcome, context) : surface<T>(outcome)
    },
  }
}
