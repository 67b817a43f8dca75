/** How long to wait before an attempt. */
import type { RetryOptions } from '../ground/types.ts'

/** Exponential with a cap, of which the share `jitter` is left to chance (Brooker, "Exponential Backoff And Jitter", 2015). `random` in [0, 1). */
export function backoffMs(attempt: number, options: Required<RetryOptions>, random: number): number {
  const full = Math.min(options.maxMs, options.baseMs * options.factor ** (attempt - 1))
  return Math.round(full * (1 - options.jitter * random))
}
