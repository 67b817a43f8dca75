// Promise: the last minute in sixty entries, percentiles included, whatever the traffic.

import type { FedEvent } from './fed-event.ts'
import type { Versions } from './lag.ts'

export const seriesSeconds = 60

/**
 * One second. Durations are kept in logarithmic bins (eight to an octave): a percentile is within 5 %,
 * and a second takes no more room at a thousand requests.
 */
export interface Second {
  /** Whole seconds of the feed's time. */
  readonly second: number
  readonly requests: number
  readonly failed: number
  readonly refused: number
  /** Sum of the durations of what ended in it, ms; divided by 1000 it is the mean number in flight (Little's law). */
  readonly busyMs: number
  readonly bins: Readonly<Record<number, number>>
  /** Versions and skews that the regions told in this second. */
  readonly versions: Versions
  readonly skewMs: number
}

const binsPerOctave = 8
const binOf = (durationMs: number): number => Math.round(Math.log2(Math.min(Math.max(durationMs, 0.125), 120_000)) * binsPerOctave)
const durationOf = (bin: number): number => 2 ** (bin / binsPerOctave)

const fresh = (second: number): Second => ({ second, requests: 0, failed: 0, refused: 0, busyMs: 0, bins: {}, versions: {}, skewMs: 0 })

const add = (entry: Second, event: FedEvent): Second => {
  switch (event.type) {
    case 'request': {
      const bin = binOf(event.durationMs)
      const failed = event.outcome === 'failed' ? 1 : 0
      const bins = { ...entry.bins, [bin]: (entry.bins[bin] ?? 0) + 1 }
      return { ...entry, requests: entry.requests + 1, failed: entry.failed + failed, busyMs: entry.busyMs + event.durationMs, bins }
    }
    case 'refused':
      return { ...entry, refused: entry.refused + 1 }
    case 'status': {
      if (event.region === 'world') return entry
      const skewMs = Math.max(entry.skewMs, Math.abs(event.status.skewMs))
      return { ...entry, skewMs, versions: { ...entry.versions, [event.region]: event.status.replica.version } }
    }
    default:
      return entry
  }
}

export const reduceSeries = (series: readonly Second[], events: readonly FedEvent[]): readonly Second[] => {
  let result = series
  for (const event of events) {
    const second = Math.floor(event.arrivedMs / 1000)
    const last = result.at(-1)
    const entry = last?.second === second ? last : fresh(second)
    const after = add(entry, event)
    if (after === entry) continue
    result = entry === last ? [...result.slice(0, -1), after] : [...result, after].filter((one) => one.second > second - seriesSeconds)
  }
  return result
}

/** The duration that a share of the requests did not exceed, ms; undefined when there were none. */
export const percentile = (bins: Second['bins'], share: number): number | undefined => {
  const filled = Object.entries(bins)
    .map(([bin, size]) => [Number(bin), size] as const)
    .toSorted(([a], [b]) => a - b)
  let left = Math.ceil(filled.reduce((sum, [, size]) => sum + size, 0) * share)
  for (const [bin, size] of filled) if ((left -= size) <= 0) return durationOf(bin)
  return undefined
}
