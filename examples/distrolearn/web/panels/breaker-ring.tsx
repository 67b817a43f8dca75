// A breaker as a ring: closed is solid, open is broken and counts down, half-open is dashed.

import type { VNode } from 'preact'
import type { BreakerView } from '../../src/board/breakers.ts'
import type { BreakerState } from '../../src/telemetry/events.ts'
import { feedMs, nowMs, shownState } from '../store.ts'
import { seconds } from '../words.ts'

/** What the ring says now: the state that is shown, and how long until the next probe. */
export const readBreaker = (breaker: BreakerView): { readonly state: BreakerState; readonly leftMs: number } => {
  const now = Math.max(nowMs.value, feedMs())
  const state = shownState(breaker)
  return { state, leftMs: state === 'open' ? Math.max(0, breaker.probeAtMs - now) : 0 }
}

export const explain = (state: BreakerState, leftMs: number): string => {
  switch (state) {
    case 'closed':
      return 'closed'
    case 'open':
      return leftMs > 0 ? `open, next probe in ${seconds(leftMs)}` : 'open, next call is a probe'
    case 'half-open':
      return 'half-open, probing'
    case 'isolated':
      return 'isolated by hand'
  }
}

const radius = 15
const around = 2 * Math.PI * radius
// Share of the circle: dash, gap. Open has two wide breaks, half-open many small ones.
const dashes: Readonly<Record<BreakerState, readonly number[]>> = {
  closed: [1],
  open: [0.36, 0.14],
  'half-open': [0.0625, 0.0625],
  isolated: [0.02, 0.04],
}

export interface BreakerRingProps {
  readonly breaker: BreakerView
  readonly size: number
}

export const BreakerRing = ({ breaker, size }: BreakerRingProps): VNode => {
  const { state, leftMs } = readBreaker(breaker)
  const longest = Math.max(1, breaker.probeAtMs - (breaker.turns.at(-1)?.atMs ?? 0))
  const left = state === 'open' ? Math.min(1, leftMs / longest) : 0
  return (
    <span
      class={`ring ${state}`}
      role="img"
      aria-label={`breaker ${breaker.name}: ${explain(state, leftMs)}`}
      data-breaker={breaker.name}
      data-region={breaker.region}
      data-state={state}
    >
      <svg viewBox="0 0 36 36" width={size} height={size} aria-hidden="true">
        <circle
          cx="18"
          cy="18"
          r={radius}
          class="band"
          stroke-dasharray={dashes[state].map((share) => (share * around).toFixed(2)).join(' ')}
        />
        {state === 'open' && (
          <circle
            cx="18"
            cy="18"
            r="8.5"
            class="countdown"
            pathLength="1"
            stroke-dasharray={`${left.toFixed(3)} 1`}
            transform="rotate(-90 18 18)"
          />
        )}
        {state === 'closed' && <circle cx="18" cy="18" r="4" class="heart" />}
        {state === 'half-open' && <circle cx="18" cy="18" r="4" class="heart hollow" />}
      </svg>
    </span>
  )
}
