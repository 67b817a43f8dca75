import { LEAD_MS, STEP_MS, SUSPEND_MS } from '../ground/defaults.ts'
import type { ClockEvent } from '../ground/events.ts'

/** One look at both clocks. */
export interface Reading {
  readonly wallMs: number
  /** NaN where there is no monotonic clock: then only a lead can be told. */
  readonly monotonicMs: number
  /** Physical part of the last stamp. */
  readonly stampMs: number
  /** How much later than planned this look is. */
  readonly lateMs: number
}

/** What the next look is compared with. */
export interface Baseline {
  /** Wall minus monotonic when a step was last reported, so that many small steps add up to one report. */
  readonly offsetMs: number
  /** The lead from which on the next one is told. */
  readonly leadBarMs: number
}

export const firstBaseline: Baseline = { offsetMs: NaN, leadBarMs: LEAD_MS }

/** What `reading` shows against `before`, and the baseline of the next look. */
export function inspect(before: Baseline, { wallMs, monotonicMs, stampMs, lateMs }: Reading): { next: Baseline; events: ClockEvent[] } {
  const events: ClockEvent[] = []
  const offsetNow = wallMs - monotonicMs
  const byMs = offsetNow - before.offsetMs
  const stepped = Math.abs(byMs) >= STEP_MS
  const leadMs = stampMs - wallMs
  const tell = leadMs >= before.leadBarMs
  if (lateMs >= SUSPEND_MS) events.push({ type: 'suspended', lateMs, wallMs })
  if (stepped) events.push({ type: byMs > 0 ? 'forward' : 'backward', byMs: Math.abs(byMs), wallMs })
  if (tell) events.push({ type: 'lead', leadMs, wallMs })
  const next = {
    offsetMs: stepped || Number.isNaN(before.offsetMs) ? offsetNow : before.offsetMs,
    leadBarMs: tell ? leadMs * 2 : leadMs < LEAD_MS / 2 ? LEAD_MS : before.leadBarMs,
  }
  return { next, events }
}
