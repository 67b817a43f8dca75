/** A bound on waiting for a store: one that answers with silence must not take an engine with it. */
import { StoreError } from './ground/errors.ts'
import type { Clock, Maybe } from './ground/types.ts'

/** The answer, or a `StoreError` after `ms`. What comes later is dropped. */
export async function within<T>(clock: Clock, ms: number, answer: Maybe<T>): Promise<T> {
  const silence = Promise.withResolvers<never>()
  const timer = clock.after(ms, () => silence.reject(new StoreError(`the store has not answered for ${ms} ms; it is asked again`)))
  try {
    return await Promise.race([answer, silence.promise])
  } finally {
    timer.cancel()
  }
}
