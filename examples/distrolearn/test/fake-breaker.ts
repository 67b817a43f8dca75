// Three failures in a row open it; after a while one probe decides. As small as it can be for the page to have something to draw.

import type { BreakerState } from '../src/telemetry/events.ts'

export interface FakeBreaker {
  admit(): boolean
  record(ok: boolean): void
  view(): { readonly name: string; readonly state: BreakerState; readonly retryAfterMs: number }
}

export interface FakeBreakerOptions {
  readonly name: string
  readonly openMs: number
  readonly now: () => number
  readonly after: (ms: number, run: () => void) => void
  readonly changed: (from: BreakerState, to: BreakerState, reason: string) => void
}

export const fakeBreaker = ({ name, openMs, now, after, changed }: FakeBreakerOptions): FakeBreaker => {
  let state: BreakerState = 'closed'
  let failures = 0
  let probeAtMs = 0
  let probing = false
  const turn = (to: BreakerState, reason: string): void => {
    const from = state
    state = to
    failures = 0
    probing = false
    if (to === 'open') {
      probeAtMs = now() + openMs
      after(openMs, () => turn('half-open', 'one probe may go'))
    }
    changed(from, to, reason)
  }
  return {
    admit() {
      if (state === 'closed') return true
      if (state !== 'half-open' || probing) return false
      probing = true
      return true
    },
    record(ok) {
      if (state === 'half-open') turn(ok ? 'closed' : 'open', ok ? 'the probe was answered' : 'the probe failed')
      else if (state === 'closed') {
        failures = ok ? 0 : failures + 1
        if (failures >= 3) turn('open', 'three calls in a row failed')
      }
    },
    view: () => ({ name, state, retryAfterMs: state === 'open' ? Math.max(0, probeAtMs - now()) : 0 }),
  }
}
