// Eight buckets to a doubling: a quantile is off by at most 9 %. Twenty doublings: from an eighth of a millisecond to two minutes.
const PER_DOUBLING = 8
const LOWEST_MS = 0.125
const BUCKETS = 160
/** At this many values all counts are halved, so that what is long past fades. */
const FADE_AT = 1000

/**
 * Durations on a logarithmic scale, in a fixed number of buckets (the idea of HdrHistogram): quantiles in O(buckets), adding in O(1),
 * memory that does not grow. Kept instead of a list of samples, which does.
 */
export class Histogram {
  #counts: number[] | undefined
  /** The sum of all counts, fading included. */
  total = 0

  add(ms: number): void {
    const counts = (this.#counts ??= Array.from({ length: BUCKETS }, () => 0))
    const bucket = Math.min(BUCKETS - 1, Math.max(0, Math.floor(Math.log2(ms / LOWEST_MS) * PER_DOUBLING)))
    counts[bucket] = (counts[bucket] as number) + 1
    if (++this.total >= FADE_AT) this.#fade(counts)
  }

  /** The duration that this share of the values does not exceed, rounded up to its bucket; 0 when there are none. */
  quantile(share: number): number {
    let left = share * this.total
    for (const [bucket, count] of (this.#counts ?? []).entries()) {
      left -= count
      if (count > 0 && left <= 0) return LOWEST_MS * 2 ** ((bucket + 1) / PER_DOUBLING)
    }
    return 0
  }

  #fade(counts: number[]): void {
    this.total = 0
    for (let bucket = 0; bucket < BUCKETS; bucket++) {
      const half = (counts[bucket] as number) >> 1
      counts[bucket] = half
      this.total += half
    }
  }
}
