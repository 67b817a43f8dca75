/**
 * A moving average of latency that believes bad news at once and good news slowly (Finagle's "Peak EWMA"): what is worse replaces the
 * average, what is better is mixed in by how much time has passed.
 *
 * @param tauMs - after this time, what was before weighs 1/e
 */
export function peakEwma(average: number, sampleMs: number, elapsedMs: number, tauMs: number): number {
  if (sampleMs >= average) return sampleMs
  return sampleMs + (average - sampleMs) * Math.exp(-elapsedMs / tauMs)
}
