import { RAMP_START } from '../ground/defaults.ts'
import type { Verdict } from '../ground/types.ts'

// The state machine: plain data and functions over it. Time comes in as an argument and nothing here waits, so every interleaving
// of calls can be enumerated in a test. The split into admit / settle / enter follows gobreaker, as do the generations.

export type Phase = 'closed' | 'open' | 'half-open'

export interface Circuit extends Plan {
  phase: Phase
  /** Goes up by one with every change of phase. A result that belongs to an earlier generation says nothing about the present one. */
  generation: number
  /** Openings in a row; 0 again with the next closing. */
  openings: number
  /**
   * The monotonic instant of the next change that time makes. Open: a probe may go. Half-open, and refusing: a probe loses its place.
   * Closed: the ramp ends; 0 when there is none.
   */
  until: number
  /** How many hold it open by hand, whatever lies beneath. */
  isolations: number
  /** Half-open: when each probe still out began, longest ago first. Never more than those that still count. */
  probing: number[]
  /** Half-open: good results that it takes to close. */
  needed: number
  /** Half-open: bad results that do not open yet. */
  spare: number
  /** Closed, in a ramp: what the calls offered so far have earned; a whole unit lets one through. */
  credit: number
}

/** The part of the options that the machine reads. */
export interface Plan {
  readonly probes: number
  /** The share of the probes that may fail without opening again: 0 to 1, but never all of them. */
  readonly tolerate: number
  readonly probeMs: number
  readonly rampMs: number
}

/** May one call go now? Time alone moves open to half-open, and it does so here, on arrival. */
export function admit(circuit: Circuit, now: number): boolean {
  const { probeMs } = circuit
  if (circuit.isolations > 0) return false
  if (circuit.phase === 'closed') return ramp(circuit, now)
  if (circuit.phase === 'open') {
    if (now < circuit.until) return false
    enter(circuit, 'half-open', 0)
  }
  circuit.probing = circuit.probing.filter((began) => began + probeMs > now)
  if (circuit.probing.length >= circuit.needed + circuit.spare) {
    circuit.until = (circuit.probing[0] as number) + probeMs
    return false
  }
  circuit.probing.push(now)
  return true
}

/** Lets a share of the calls through that grows with time, spread evenly and without chance: each call earns its share of a place. */
function ramp(circuit: Circuit, now: number): boolean {
  const left = (circuit.until - now) / circuit.rampMs
  if (left > 0) {
    circuit.credit += Math.max(0, 1 - left * (1 - RAMP_START))
    if (circuit.credit < 1) return false
    circuit.credit--
  } else circuit.until = 0
  return true
}

/**
 * Takes the verdict on a probe of the present generation, told by when it `began`, and names the phase that follows. Decides as soon as
 * the result is certain.
 */
export function settleProbe(circuit: Circuit, began: number, verdict: Verdict): Phase {
  const place = circuit.probing.indexOf(began)
  if (place >= 0) circuit.probing.splice(place, 1)
  if (verdict === 'ok' && --circuit.needed === 0) return 'closed'
  if (verdict === 'fail' && --circuit.spare < 0) return 'open'
  return 'half-open'
}

/** The one place where the phase changes. `until` as in `Circuit`. */
export function enter(circuit: Circuit, phase: Phase, until: number): void {
  const { probes, tolerate } = circuit
  if (phase === 'open') circuit.openings++
  if (phase === 'closed') circuit.openings = 0
  circuit.phase = phase
  circuit.until = until
  circuit.generation++
  circuit.probing = []
  circuit.spare = Math.min(probes - 1, Math.floor(tolerate * probes))
  circuit.needed = probes - circuit.spare
  circuit.credit = 1
}
