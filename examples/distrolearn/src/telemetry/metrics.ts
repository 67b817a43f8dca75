// Promise: what a region counts can be read by any Prometheus, in its text format, with a bounded number of series.

export interface Metrics {
  count(name: string, labels?: Readonly<Record<string, string>>, by?: number): void
  gauge(name: string, value: () => number): void
  readonly counters: Readonly<Record<string, number>>
  /** Prometheus text exposition format, version 0.0.4. */
  text(): string
}

/** Series beyond this are counted under `other`, so that a label cannot be used to fill our memory. */
const maxSeries = 500

const escaped = (text: string): string => text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')

export function createMetrics(region: string): Metrics {
  const counters = new Map<string, { readonly name: string; value: number }>()
  const gauges = new Map<string, () => number>()
  const seriesOf = (name: string, labels: Readonly<Record<string, string>>): string =>
    `${name}{${Object.entries({ region, ...labels }).map(([key, value]) => `${key}="${escaped(value)}"`).join(',')}}`
  return {
    count(name, labels = {}, by = 1) {
      const wanted = seriesOf(name, labels)
      const series = counters.has(wanted) || counters.size < maxSeries ? wanted : seriesOf('distrolearn_other_total', {})
      const known = counters.get(series)
      if (known === undefined) counters.set(series, { name: series.slice(0, series.indexOf('{')), value: by })
      else known.value += by
    },
    gauge: (name, value) => void gauges.set(name, value),
    get counters() {
      const sums: Record<string, number> = {}
      for (const { name, value } of counters.values()) sums[name] = (sums[name] ?? 0) + value
      return sums
    },
    text() {
      const lines: string[] = []
      const byName = Map.groupBy(counters, ([, { name }]) => name)
      for (const [name, series] of byName) lines.push(`# TYPE ${name} counter`, ...series.map(([text, { value }]) => `${text} ${value}`))
      for (const [name, value] of gauges) lines.push(`# TYPE ${name} gauge`, `${seriesOf(name, {})} ${value()}`)
      return `${lines.join('\n')}\n`
    },
  }
}
