// The waterfall of one request, or the latest requests to choose from.

import type { VNode } from 'preact'
import type { Trace } from '../../src/board/traces.ts'
import { waterfall, type Bar } from '../draw/waterfall.ts'
import { calm, openTrace, showTrace } from '../store.ts'
import { duration, plural, signedSeconds, titles } from '../words.ts'

const outcomeGlyphs = { ok: '●', retried: '○', 'rate-limited': '□', unavailable: '□', failed: '✕' } as const
const outcomeKinds = { ok: 'ok', retried: 'retried', 'rate-limited': 'refused', unavailable: 'refused', failed: 'failed' } as const

const facts = ({ span, movedMs }: Bar): string => {
  const attributes = Object.entries(span.attributes).map(([key, value]) => `${key} ${value}`)
  const moved = Math.abs(movedMs) < 1 ? [] : [`moved by ${signedSeconds(movedMs)}, its region’s clock disagrees`]
  return [`${span.name} in ${titles[span.region]}`, duration(span.durationMs), span.status, ...moved, ...attributes].join(' · ')
}

const BarRow = ({ bar }: { readonly bar: Bar }): VNode => {
  const { span, depth, from, length } = bar
  return (
    <li class={span.status === 'error' ? 'span error' : 'span'} title={facts(bar)}>
      <span class="name" style={{ paddingLeft: `${Math.min(6, depth) * 10}px` }}>
        {span.name} <small>{titles[span.region].slice(0, 3)}</small>
      </span>
      <span class="lane">
        <span class="bar" style={{ left: `${(from * 100).toFixed(2)}%`, width: `max(2px, ${(length * 100).toFixed(2)}%)` }} />
      </span>
      <span class="figure">
        {span.status === 'error' && <span aria-label="failed">✕ </span>}
        {duration(span.durationMs)}
      </span>
    </li>
  )
}

const Opened = ({ trace }: { readonly trace: Trace }): VNode => (
  <>
    <p class="counts">
      <button type="button" class="plain" onClick={() => showTrace(undefined)}>
        ← latest requests
      </button>
      {trace.request !== undefined && (
        <>
          {' '}
          <b>{trace.request.route}</b> {trace.request.outcome} in {duration(trace.request.durationMs)}
        </>
      )}
    </p>
    {trace.spans.length === 0 ? (
      <p class="quiet">Nothing of it was recorded yet.</p>
    ) : (
      <ol class="waterfall">
        {waterfall(trace.spans).map((bar) => (
          <BarRow key={bar.span.spanId} bar={bar} />
        ))}
      </ol>
    )}
    {trace.dropped > 0 && <p class="quiet">{plural(trace.dropped, 'more span')} not kept.</p>}
  </>
)

const listed = 9

const Latest = (): VNode => {
  const latest = calm.value.traces
    .filter((trace) => trace.request !== undefined && trace.spans.length > 0)
    .slice(-listed)
    .toReversed()
  if (latest.length === 0) return <p class="quiet">No request has been traced yet.</p>
  return (
    <ul class="latest">
      {latest.map(({ traceId, request, spans }) =>
        request === undefined ? null : (
          <li key={traceId}>
            <button type="button" class="plain" onClick={() => showTrace(traceId)}>
              <span class={outcomeKinds[request.outcome]} aria-hidden="true">
                {outcomeGlyphs[request.outcome]}
              </span>
              <span class="name">{request.route}</span>
              <small>{titles[request.region]}</small>
              <small>{request.outcome}</small>
              <small class="figure">{plural(spans.length, 'span')}</small>
              <span class="figure">{duration(request.durationMs)}</span>
            </button>
          </li>
        ),
      )}
    </ul>
  )
}

export const TraceView = (): VNode => (openTrace.value === undefined ? <Latest /> : <Opened trace={openTrace.value} />)
