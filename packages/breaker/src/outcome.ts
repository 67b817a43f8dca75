import { judgement } from './core/judgement.ts'
import type { Aborted } from './core/judgement.ts'
import type { Call, Context, Judge, Outcome, Verdict } from './ground/types.ts'
import { quietly } from './listeners.ts'

/** Makes the call and says how it ended, whether it returned, threw, or its promise settled. */
export async function outcomeOf<T>(call: Call<T>, context: Context): Promise<Outcome> {
  try {
    return { ok: true, value: await call(context) }
  } catch (error) {
    return { ok: false, error }
  }
}

/** The outcome as its caller would have seen it without us. */
export function surface<T>(outcome: Outcome): T {
  if (outcome.ok) return outcome.value as T
  throw outcome.error
}

/**
 * Rejects one microtask after it is awaited. A promise's reaction that gives this back costs a third of one that throws, for engines
 * trace what is thrown even where it is caught.
 */
// oxlint-disable-next-line unicorn/no-thenable -- what the rule warns of, a promise that adopts it, is what this is for
export const rejection = (error: unknown): PromiseLike<never> => ({ then: (_, reject) => reject?.(error) as never })

/**
 * A promise that rejects one microtask later, when its caller has had time to listen. Runtimes keep books on rejections that nobody
 * listens to, and in Node an entry made and taken back costs several times as much as the promise.
 */
export const rejected = (error: unknown): Promise<never> => Promise.resolve(rejection(error))

/** The caller's judgement where there is one, else the default: results are well, errors are not. A judge that throws has no opinion. */
export function verdictOf(judge: Judge | undefined, outcome: Outcome, source: Aborted | undefined): Verdict {
  return quietly(() => judge?.(outcome)) ?? (outcome.ok ? 'ok' : judgement(outcome.error, source))
}
