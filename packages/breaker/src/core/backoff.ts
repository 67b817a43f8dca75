import type { Random } from '../ground/clock.ts'

/**
 * How chance spreads retries (Brooker, "Exponential Backoff And Jitter"): `full` waits anywhere between nothing and the growing bound,
 * `decorrelated` up to three times the last wait, `none` exactly the bound.
 */
export type Jitter = 'full' | 'decorrelated' | 'none'

/** No double is doubled more often than this without losing its meaning. */
const MOST_DOUBLINGS = 50

/** Milliseconds before retry number `retry` (1, 2, …). `previousMs` is the last wait, or `baseMs` before the first. */
export function backoff(jitter: Jitter, retry: number, previousMs: number, baseMs: number, maxMs: number, random: Random): number {
  if (jitter === 'decorrelated') return Math.min(maxMs, baseMs + random() * Math.max(0, previousMs * 3 - baseMs))
  const bound = Math.min(maxMs, baseMs * 2 ** Math.min(retry - 1, MOST_DOUBLINGS))
  return jitter === 'full' ? random() * bound : bound
}
