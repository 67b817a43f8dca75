export interface Admission {
  readonly atMs: number
  readonly cost: number
}

/**
 * By brute force over all windows that begin and end with an admission: the most that any of them holds above the burst and what flows in it,
 * in tokens · perMs, so that whole numbers stay whole. Not above 0 if the limit was kept.
 */
export function worstExcess(admissions: readonly Admission[], { limit, perMs, burst = limit }: { limit: number; perMs: number; burst?: number | undefined }): number {
  let worst = -Infinity
  for (let first = 0; first < admissions.length; first += 1) {
    let sum = 0
    for (let last = first; last < admissions.length; last += 1) {
      sum += admissions[last]!.cost
      worst = Math.max(worst, (sum - burst) * perMs - (admissions[last]!.atMs - admissions[first]!.atMs) * limit)
    }
  }
  return worst
}
