import type { Limit } from '../../../packages/ratelimit/src/index.ts'
import { must } from '../campaign.ts'

export interface Admissions {
  /** An admission that was decided at some instant from `fromMs` to `toMs`. Calls come in order of `toMs`. */
  add(fromMs: number, toMs: number, cost: number): void
}

/**
 * Holds what a limit has admitted against its promise, on every pair of admissions: what was decided within a window fits the burst and what
 * flowed back meanwhile. When exactly a remote store decided is not known, so those count that began and ended in the window: an answer that
 * was long on its way proves nothing, and no allowance is made for it either.
 */
export function createAdmissions({ limit, perMs, burst = limit }: Limit, slackMs: number): Admissions {
  /** By `fromMs`. */
  const admitted: { readonly fromMs: number; readonly cost: number }[] = []
  return {
    add(fromMs, toMs, cost) {
      let at = admitted.length
      while (at > 0 && (admitted[at - 1] as { fromMs: number }).fromMs > fromMs) at--
      admitted.splice(at, 0, { fromMs, cost })
      let sum = 0
      for (let index = admitted.length - 1; index >= 0; index--) {
        const first = admitted[index] as { fromMs: number; cost: number }
        sum += first.cost
        const mostMs = toMs - first.fromMs + slackMs
        must(sum * perMs <= burst * perMs + mostMs * limit, () => `at most ${burst} and ${limit} per ${perMs} ms in every window, got ${sum} from ${first.fromMs} to ${toMs}`)
        // A full bucket flowed back since: whoever came before cannot matter to a window that ends now.
        if (mostMs * limit > 4 * burst * perMs && index < at) return
      }
    },
  }
}
