// A minute's dial: the wall clock's hand may lie, the hybrid clock's hand never goes back, and the tooth counts stamps within one millisecond.

import type { VNode } from 'preact'
import { type RegionView, shownSkewMs } from '../../src/board/regions.ts'
import { nowMs } from '../store.ts'
import { titles } from '../words.ts'

const minute = 60_000
const at = (ms: number): number => ((ms % minute) / minute) * 360

const trim = (value: number): string => value.toFixed(value < 10 && value % 1 !== 0 ? 1 : 0)

/** A refused stamp stays visible this long. */
const driftShownMs = 3_000

const ticks = Array.from({ length: 12 }, (_, index) => index * 30)

export const ClockDial = ({ view }: { readonly view: RegionView }): VNode | null => {
  const { status, name, driftAtMs } = view
  if (status === undefined) return null
  const drifted = driftAtMs >= 0 && nowMs.value - driftAtMs < driftShownMs
  const { wallMs, stamp } = status
  const skewMs = shownSkewMs(view)
  const off = `${trim(Math.abs(skewMs) / 1000)} s ${skewMs > 0 ? 'ahead' : 'behind'}`
  const sentence = [
    `clock of ${titles[name]}: wall clock (thin hand) ${skewMs === 0 ? 'on time' : off}`,
    'hybrid clock (thick hand) never goes back',
    `${stamp.count} more stamps in its millisecond (tooth)`,
    ...(drifted ? ['a stamp was just refused because it drifted too far'] : []),
  ].join('; ')
  return (
    <figure class={`dial ${drifted ? 'drift' : ''}`} role="img" aria-label={sentence} title={sentence}>
      <svg viewBox="-30 -30 60 60" width="60" height="60" aria-hidden="true">
        <circle r="27" class="face" />
        {ticks.map((angle) => (
          <line key={angle} y1="-26" y2={angle % 90 === 0 ? '-22' : '-24'} transform={`rotate(${angle})`} class="tick" />
        ))}
        <line y2="-14" transform={`rotate(${at(stamp.ms).toFixed(1)})`} class="hand hybrid" />
        <line y2="-20" transform={`rotate(${at(wallMs).toFixed(1)})`} class="hand wall" />
        {stamp.count > 0 && <path d="M-3.2 -27 L0 -21 L3.2 -27Z" transform={`rotate(${at(stamp.ms).toFixed(1)})`} class="tooth" />}
        <circle r="2" class="pin" />
      </svg>
      <figcaption class="figure">{drifted ? '✕ drift' : skewMs === 0 ? 'on time' : off}</figcaption>
    </figure>
  )
}
