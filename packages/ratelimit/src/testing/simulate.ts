import type { Limit } from '../ground/types.ts'
import { createLimiter } from '../limiter.ts'
import { manualClock } from './clock.ts'

export interface LogEntry {
  /** Wall milliseconds. Entries may be out of order by a little; time then stands still. */
  readonly atMs: number
  readonly key: string
  readonly cost?: number | undefined
}

export interface KeyOutcome {
  readonly key: string
  readonly admitted: number
  readonly refused: number
  /** Longest wait that a refusal named. */
  readonly longestWaitMs: number
}

export interface SimulationResult {
  readonly requests: number
  readonly admitted: number
  readonly refused: number
  /** Keys that were refused at least once, the most refused first; at most `top` of them. */
  readonly refusedKeys: readonly KeyOutcome[]
  /** How many keys were refused at least once. */
  readonly keysRefused: number
  readonly keys: number
}

/** Replays an access log against limits in virtual time: who would have been refused, before the limit ships. O(entries). */
export function simulate(entries: Iterable<LogEntry>, limits: Limit | readonly Limit[], { top = 20 }: { readonly top?: number } = {}): SimulationResult {
  const clock = manualClock()
  const limiter = createLimiter(limits, { clock, maxKeys: 16_000_000 })
  const outcomes = new Map<string, { admitted: number; refused: number; longestWaitMs: number }>()
  let requests = 0
  let refused = 0
  let lastMs: number | undefined
  for (const { atMs, key, cost = 1 } of entries) {
    clock.step(Math.max(0, atMs - (lastMs ?? atMs)))
    lastMs = Math.max(lastMs ?? atMs, atMs)
    const outcome = outcomes.get(key) ?? { admitted: 0, refused: 0, longestWaitMs: 0 }
    outcomes.set(key, outcome)
    requests += 1
    const { allowed, retryAfterMs } = limiter.take(key, cost)
    if (allowed) outcome.admitted += 1
    else {
      refused += 1
      outcome.refused += 1
      outcome.longestWaitMs = Math.max(outcome.longestWaitMs, retryAfterMs)
    }
  }
  const hit = Array.from(outcomes, ([key, outcome]): KeyOutcome => ({ key, ...outcome })).filter((outcome) => outcome.refused > 0)
  const refusedKeys = hit.toSorted((a, b) => b.refused - a.refused).slice(0, top)
  return { requests, admitted: requests - refused, refused, refusedKeys, keysRefused: hit.length, keys: outcomes.size }
}

const line = /^(\S+) \S+ \S+ \[(\d{2})\/(\w{3})\/(\d{4}):(\d{2}):(\d{2}):(\d{2}) ([+-])(\d{2})(\d{2})\]/
const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

/** Entries of an access log in the common or combined format (Apache, nginx), by address. Lines of another shape are left out. */
export function* readAccessLog(lines: Iterable<string>): Generator<LogEntry> {
  for (const text of lines) {
    const parts = line.exec(text)
    if (parts === null) continue
    const [, key, day, month, year, hour, minute, second, sign, zoneHours, zoneMinutes] = parts as unknown as string[]
    const zoneMs = (Number(zoneHours) * 60 + Number(zoneMinutes)) * 60_000 * (sign === '-' ? -1 : 1)
    const atMs = Date.UTC(Number(year), months.indexOf(month!), Number(day), Number(hour), Number(minute), Number(second)) - zoneMs
    yield { atMs, key: key! }
  }
}
