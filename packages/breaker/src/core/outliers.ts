/** What a host did since the last look. */
export interface Tally {
  readonly calls: number
  readonly failures: number
}

/** Standard deviations below the mean from which on a host is an outlier: Envoy's `success_rate_stdev_factor`. */
const DEVIATIONS = 1.9

/** Among hosts that are nearly alike 1.9 deviations are next to nothing; nobody is ejected for less than this below the mean. */
const LEAST_GAP = 0.05

/**
 * The success rate below which a host is an outlier among its peers: mean - 1.9 standard deviations (Envoy's outlier detection), and at
 * least five points below the mean, over the hosts with at least `minCalls`. 0, which nobody is below, unless there are `minHosts` of them.
 */
export function outlierThreshold(tallies: readonly Tally[], minHosts: number, minCalls: number): number {
  const rates = tallies.filter(({ calls }) => calls >= minCalls).map(successRate)
  if (rates.length < minHosts) return 0
  const mean = rates.reduce((sum, rate) => sum + rate, 0) / rates.length
  const variance = rates.reduce((sum, rate) => sum + (rate - mean) ** 2, 0) / rates.length
  return mean - Math.max(LEAST_GAP, DEVIATIONS * Math.sqrt(variance))
}

export const successRate = ({ calls, failures }: Tally): number => (calls - failures) / calls
