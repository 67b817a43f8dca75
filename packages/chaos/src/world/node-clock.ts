import { finite } from '../ground/options.ts'

/** How a node's clock starts out. */
export interface NodeClockOptions {
  /** Wall clock minus true time, in milliseconds. Default 0. */
  readonly offsetMs?: number
  /** How much faster than true time it runs, in parts per million; real oscillators stay within ±200. Default 0. */
  readonly ratePpm?: number
  /** The wall clock's resolution in milliseconds, above 0. Default 1. */
  readonly grainMs?: number
}

/** One node's idea of time, bent at will. `monotonic` runs at the node's rate and never steps. */
export interface NodeClock {
  now(): number
  monotonic(): number
  /** The first true instant at which `monotonic` will have reached `local`. */
  whenMonotonic(local: number): number
  /** Moves the wall clock by `ms`, in either direction. */
  step(ms: number): void
  /** Parts per million faster than true time. */
  rate(ppm: number): void
  /** The wall clock stands still; once released it jumps to where it should be. Counts, so that two may overlap. */
  freeze(): () => void
  grain(ms: number): void
}

/** `trueNow` in milliseconds of virtual time, `start` in wall milliseconds since 1970. */
export function createNodeClock(trueNow: () => number, start: number, options: NodeClockOptions = {}): NodeClock {
  let offset = finite('offsetMs', options.offsetMs ?? 0)
  let rate = 1 + finite('ratePpm', options.ratePpm ?? 0) * 1e-6
  let grain = options.grainMs ?? 1
  // Monotonic time is piecewise linear in true time; the last corner is (sinceTrue, sinceLocal).
  let sinceTrue = trueNow()
  let sinceLocal = sinceTrue
  let frozen = 0
  let frozenAt = 0

  const monotonic = (): number => sinceLocal + (trueNow() - sinceTrue) * rate
  const wall = (): number => Math.floor((start + offset + monotonic()) / grain) * grain

  return {
    now: () => (frozen > 0 ? frozenAt : wall()),
    monotonic,
    whenMonotonic(local) {
      let at = sinceTrue + (local - sinceLocal) / rate
      // Rounding must never make a timer early: code under test may compare with its deadline exactly.
      while (sinceLocal + (at - sinceTrue) * rate < local) at += 2 ** -10
      return at
    },
    step(ms) {
      offset += finite('ms', ms)
      if (frozen > 0) frozenAt += ms
    },
    rate(ppm) {
      const local = monotonic()
      sinceTrue = trueNow()
      sinceLocal = local
      rate = 1 + finite('ppm', ppm) * 1e-6
    },
    freeze() {
      if (frozen === 0) frozenAt = wall()
      frozen++
      let held = true
      return () => {
        if (held) frozen--
        held = false
      }
    },
    grain(ms) {
      grain = ms
    },
  }
}
