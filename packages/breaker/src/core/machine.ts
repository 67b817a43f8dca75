import { RAMP_START } from '../ground/defaults.ts'
import type { Verdict } from '../ground/types.ts'

// The state machine: plain data and functions over it. Time comes in as an argument and nothing here waits, so every interleaving
// of calls can be enumerated in a test. The split into admit / settle / enter follows gobreaker, as do the generations.

export type Phase = 'closed' | 'open' | 'half-open'

export interface Circuit {
  phase: Phase
  /** Goes up by one with every change of phase. A result that belongs to an earlier generation says nothing about the present one. */
  generation: number
  /** Openings in a row; 0 again with the next closing. */
  openings: number
  /** Open: the monotonic instant from which on a probe may go. Closed: the instant at which the ramp ends. */
  until: number
  /** Half-open: when each probe still out loses its place. Never longer than `plan.probes`. */
  leases: readonly number[]
  /** Half-open: probes that came back. passed + failed < plan.probes, else the phase would have changed. */
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

/** Shared by all circuits that have no probe out, which is nearly always nearly all of them. */
const NONE: readonly number[] = []

export const newCircuit = (): Circuit => ({
  phase: 'closed', generation: 0, openings: 0, until: 0, leases: NONE, passed: 0, failed: 0, credit: 1,
})

/** True while a call can be let through without looking at the clock. */
export const calm = (circuit: Circuit): boolean => circuit.phase === 'closed' && circuit.until === 0

/** May one call go now? Time alone moves open to half-open, and it does so here, on arrival. */
export function admit(circuit: Circuit, plan: Plan, now: number): number {
  if (circuit.phase === 'closed') return ramp(circuit, plan, now)
  if (circuit.phase === 'open') {
    if (now < circuit.until) return REFUSED
    enter(circuit, 'half-open', 0)
  }
  circuit.leases = circuit.leases.filter((until) => until > now)
  if (circuit.leases.length + circuit.passed + circuit.failed >= plan.probes) return REFUSED
  const end = now + plan.probeMs
  circuit.leases = [...circuit.leases, end]
  return end
}

/** Lets a share of the calls through that grows with time, spread evenly and without chance: each call earns its share of a place. */
function ramp(circuit: Circuit, plan: Plan, now: number): number {
  if (now >= circuit.until) {
    circuit.until = 0
    return ADMITTED
  }
  const passed = 1 - (circuit.until - now) / plan.rampMs
  circuit.credit += Math.max(0, RAMP_START + (1 - RAMP_START) * passed)
  if (circuit.credit < 1) return REFUSED
  circuit.credit -= 1
  return ADMITTED
}

/** Takes the verdict on a probe of the present generation and names the phase that follows. Decides as soon as the result is certain. */
export function settleProbe(circuit: Circuit, plan: Plan, lease: number, verdict: Verdict): Phase {
  const place = circuit.leases.indexOf(lease)
  if (place >= 0) circuit.leases = circuit.leases.toSpliced(place, 1)
  if (verdict === 'ok') circuit.passed++
  if (verdict === 'fail') circuit.failed++
  const tolerated = Math.min(plan.probes - 1, Math.floor(plan.tolerate * plan.probes))
  if (circuit.failed > tolerated) return 'open'
  if (circuit.passed >= plan.probes - tolerated) return 'closed'
  return 'half-open'
}

/** The one place where the phase changes. `until` as in `Circuit`. */
export function enter(circuit: Circuit, phase: Phase, until: number): void {
  circuit.phase = phase
  circuit.generation++
  if (phase === 'open') circuit.openings++
  if (phase === 'closed') circuit.openings = 0
  circuit.until = until
  circuit.leases = NONE
  circuit.passed = circuit.failed = 0
  circuit.credit = 1
}
