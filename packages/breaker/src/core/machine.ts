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
  /** Open: the monotonic instant from which on a probe may go. Closed: the instant at which the ramp ends. */
  until: number
  /** Closed, and `until` is yet to come. */
  ramping: boolean
  /** How many hold it open by hand, whatever lies beneath. */
  isolations: number
  /** Half-open: when each probe still out loses its place, soonest first. Never longer than `probes`. */
  leases: number[]
  /** Half-open: probes that came back. passed + failed < probes, else the phase would have changed. */
  passed: number
  failed: number
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

/** An admission is the end of a probe's lease, or one of these. */
export const REFUSED = -1
export const ADMITTED = 0

/** May one call go now? Time alone moves open to half-open, and it does so here, on arrival. */
export function admit(circuit: Circuit, now: number): number {
  const { probes, probeMs } = circuit
  if (circuit.isolations > 0) return REFUSED
  if (circuit.phase === 'closed') return ramp(circuit, now)
  if (circuit.phase === 'open') {
    if (now < circuit.until) return REFUSED
    enter(circuit, 'half-open', 0)
  }
  circuit.leases = circuit.leases.filter((until) => until > now)
  if (circuit.leases.length + circuit.passed + circuit.failed >= probes) return REFUSED
  circuit.leases.push(now + probeMs)
  return now + probeMs
}

/** Lets a share of the calls through that grows with time, spread evenly and without chance: each call earns its share of a place. */
function ramp(circuit: Circuit, now: number): number {
  const left = (circuit.until - now) / circuit.rampMs
  if (left > 0) {
    circuit.credit += Math.max(0, 1 - left * (1 - RAMP_START))
    if (circuit.credit < 1) return REFUSED
    circuit.credit--
  } else circuit.ramping = false
  return ADMITTED
}

/** Takes the verdict on a probe of the present generation and names the phase that follows. Decides as soon as the result is certain. */
export function settleProbe(circuit: Circuit, lease: number, verdict: Verdict): Phase {
  const { probes, tolerate } = circuit
  const place = circuit.leases.indexOf(lease)
  if (place >= 0) circuit.leases.splice(place, 1)
  if (verdict === 'ok') circuit.passed++
  if (verdict === 'fail') circuit.failed++
  const tolerated = Math.min(probes - 1, Math.floor(tolerate * probes))
  if (circuit.failed > tolerated) return 'open'
  return circuit.passed < probes - tolerated ? 'half-open' : 'closed'
}

/** The one place where the phase changes. `until` as in `Circuit`. */
export function enter(circuit: Circuit, phase: Phase, until: number): void {
  if (phase === 'open') circuit.openings++
  if (phase === 'closed') circuit.openings = 0
  circuit.phase = phase
  circuit.until = until
  circuit.ramping = phase === 'closed' && until > 0
  circuit.generation++
  circuit.leases = []
  circuit.passed = circuit.failed = 0
  circuit.credit = 1
}
