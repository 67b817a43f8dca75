// The last minute: how long requests took, what was refused, how much is under way, how far replicas and clocks are apart.

import { computed } from '@preact/signals'
import type { VNode } from 'preact'
import { worstLag } from '../../src/board/lag.ts'
import { percentile, type Second, seriesSeconds } from '../../src/board/series.ts'
import { niceCeiling, sparkline } from '../draw/sparkline.ts'
import { calm } from '../store.ts'
import { duration, plural, seconds, whole } from '../words.ts'
import { Panel } from './panel.tsx'

interface Chart {
  readonly name: string
  readonly hint: string
  readonly least: number
  readonly lines: readonly { readonly kind: string; readonly read: (second: Second) => number | undefined }[]
  readonly show: (values: readonly (number | undefined)[]) => string
}

const one =
  (write: (value: number) => string): Chart['show'] =>
  ([value]) =>
    value === undefined ? '–' : write(value)

const charts: readonly Chart[] = [
  {
    name: 'p50 / p99',
    hint: 'half of the requests were answered within p50, 99 of 100 within p99',
    least: 10,
    lines: [
      { kind: 'second', read: ({ bins }) => percentile(bins, 0.99) },
      { kind: 'first', read: ({ bins }) => percentile(bins, 0.5) },
    ],
    show: ([high, low]) => (high === undefined || low === undefined ? '–' : `${duration(low)} / ${duration(high)}`),
  },
  {
    name: 'refused',
    hint: 'requests turned away per second, to protect the rest',
    least: 5,
    lines: [{ kind: 'shed', read: ({ refused }) => refused }],
    show: one((value) => `${whole(value)} /s`),
  },
  {
    name: 'in flight',
    hint: 'requests under way, on average over each second',
    least: 5,
    lines: [{ kind: 'first', read: ({ busyMs }) => busyMs / 1000 }],
    show: one((value) => value.toFixed(value < 9.95 ? 1 : 0)),
  },
  {
    name: 'lag',
    hint: 'changes that the replica furthest behind has not seen',
    least: 10,
    lines: [{ kind: 'warn', read: ({ versions }) => (Object.keys(versions).length < 2 ? undefined : worstLag(versions)) }],
    show: one((value) => plural(value, 'change')),
  },
  {
    name: 'clock skew',
    hint: 'how far the worst wall clock is off',
    least: 1000,
    lines: [{ kind: 'bad', read: ({ skewMs }) => skewMs }],
    show: one((value) => (value === 0 ? 'none' : seconds(value))),
  },
]

/** One slot per second; the running second is not yet told. */
const slots = computed(() => {
  const { series, atMs } = calm.value
  const current = Math.floor(atMs / 1000)
  const known = new Map(series.map((entry) => [entry.second, entry]))
  return Array.from({ length: seriesSeconds }, (_, index) => known.get(current - seriesSeconds + index))
})

const frame = { width: 120, height: 24 }

const Row = ({ chart }: { readonly chart: Chart }): VNode => {
  const lines = chart.lines.map(({ kind, read }) => ({
    kind,
    values: slots.value.map((second) => (second === undefined ? undefined : read(second))),
  }))
  const max = niceCeiling(Math.max(0, ...lines.flatMap(({ values }) => values.map((value) => value ?? 0))), chart.least)
  const latest = chart.show(lines.map(({ values }) => values.findLast((value) => value !== undefined)))
  return (
    <li title={chart.hint}>
      <span class="name">{chart.name}</span>
      <svg
        viewBox={`0 -1 ${frame.width} ${frame.height + 2}`}
        preserveAspectRatio="none"
        role="img"
        aria-label={`${chart.name}, last 60 seconds: now ${latest}; ${chart.hint}`}
      >
        <path d={`M0 ${frame.height}H${frame.width}`} class="ground" />
        {lines.map(({ kind, values }) => (
          <path key={kind} d={sparkline(values, { ...frame, max })} class={`curve ${kind}`} />
        ))}
      </svg>
      <span class="figure">{latest}</span>
    </li>
  )
}

export const Minute = (): VNode => (
  <Panel id="minute" title="Last minute" hint="one point per second">
    <ul>
      {charts.map((chart) => (
        <Row key={chart.name} chart={chart} />
      ))}
    </ul>
  </Panel>
)
