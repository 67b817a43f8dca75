import type { Plan } from './core/machine.ts'
import { consecutive } from './core/consecutive.ts'
import { isRule } from './core/rule.ts'
import type { Rule } from './core/rule.ts'
import { systemClock, systemRandom } from './ground/clock.ts'
import type { Clock, Random } from './ground/clock.ts'
import { FAILURES, OPEN_GROWTH_LIMIT, OPEN_JITTER, OPEN_MS, PROBES } from './ground/defaults.ts'
import { check, count, duration, read, share, typed } from './ground/options.ts'
import type { Judge } from './ground/types.ts'
import { report } from './listeners.ts'
import { isSnapshot } from './snapshot.ts'
import type { BreakerSnapshot } from './snapshot.ts'

export interface BreakerOptions {
  /** Stands in errors and events. Default `'breaker'`. */
  readonly name?: string
  /** When to open; `anyOf(…)` for several rules. Default `consecutive(5)`. */
  readonly trip?: Rule
  /**
   * How long it stays open before a probe may go: milliseconds, 1 or more, doubled with each opening in a row up to three times as much;
   * or a function of the openings in a row (1, 2, …). Default 1000.
   */
  readonly openMs?: number | ((openings: number) => number)
  /** This share of the wait, times a random number, is added to it, so that a fleet does not probe in step: 0 to 1. Default 0.2. */
  readonly jitter?: number
  /** Calls that may be out at once while half-open, and whose results decide: 1 or more. Default 1. */
  readonly probes?: number
  /** The share of the probes that may fail without opening again: 0 to 1, below 1 in effect. Default 0. */
  readonly tolerate?: number
  /** A probe without an answer gives its place to another after this time: milliseconds, 1 or more. Default: `openMs`, or 1000. */
  readonly probeMs?: number
  /** After closing, the share of calls let through grows to all of them over this time: milliseconds. Default 0, all at once. */
  readonly rampMs?: number
  /** Classifies outcomes. Default: errors fail, except refusals of other policies and the caller's own abort, which are ignored. */
  readonly judge?: Judge
  /** False to watch only: states change and events tell, but no call is refused. Default true. */
  readonly enforce?: boolean
  /** True to give `OpenError` a stack trace, at ten times the cost of a refusal. Default false. */
  readonly stack?: boolean
  /** A state to begin from, as `snapshot()` gave it. */
  readonly restore?: BreakerSnapshot
  /** Default: the runtime's. */
  readonly clock?: Pick<Clock, 'now' | 'monotonic'>
  /** Default: the runtime's. */
  readonly random?: Random
}

/** The options, checked and filled in. One object for each breaker, so it is plain and small. */
export interface BreakerSettings extends Plan {
  readonly name: string
  readonly openMs: number | ((openings: number) => number)
  readonly jitter: number
  readonly judge: Judge | undefined
  readonly enforce: boolean
  readonly stack: boolean
  readonly clock: Pick<Clock, 'now' | 'monotonic'>
  readonly random: Random
}

export function breakerSettings(options: BreakerOptions | undefined): readonly [BreakerSettings, Rule, BreakerSnapshot | undefined] {
  const { name, trip, openMs, jitter, probes, tolerate, probeMs, rampMs, judge, enforce, stack, restore, clock, random } = read('createBreaker', options, {
    name: typed<string>('breaker', 'string'),
    trip: check<Rule>(consecutive(FAILURES), 'a rule, such as consecutive(5), or anyOf(…) of several', isRule),
    openMs: check<number | ((openings: number) => number)>(OPEN_MS, 'milliseconds from 1 on, or a function', (value) => typeof value === 'function' || isWait(value)),
    jitter: share(OPEN_JITTER),
    probes: count(PROBES),
    tolerate: share(0),
    probeMs: duration(undefined, 1),
    rampMs: duration(0),
    judge: typed<Judge | undefined>(undefined, 'function'),
    enforce: typed<boolean>(true, 'boolean'),
    stack: typed<boolean>(false, 'boolean'),
    restore: check<BreakerSnapshot | undefined>(undefined, 'a snapshot of version 1', isSnapshot),
    clock: typed<Pick<Clock, 'now' | 'monotonic'>>(systemClock, 'object'),
    random: typed<Random>(systemRandom, 'function'),
  })
  const leaseMs = probeMs ?? (typeof openMs === 'number' ? openMs : OPEN_MS)
  // Written out: a spread would be shorter here and larger in memory, and there is one for each breaker.
  return [{ name, openMs, jitter, probes, tolerate, probeMs: leaseMs, rampMs, judge, enforce, stack, clock, random }, trip, restore]
}

/** How long an opening lasts: as the options say, and by chance a little longer, so that a fleet does not probe in step. */
export function waitOf({ openMs, jitter, random }: BreakerSettings, openings: number): number {
  return growing(openMs, openings) * (1 + jitter * random())
}

const isWait = (value: unknown): boolean => duration(0, 1).good(value)

/** A function that throws or gives nonsense is no reason to stay open for ever, or not at all. */
function growing(openMs: number | ((openings: number) => number), openings: number): number {
  if (typeof openMs === 'number') return openMs * Math.min(2 ** (openings - 1), OPEN_GROWTH_LIMIT)
  try {
    const wait = openMs(openings)
    if (isWait(wait)) return wait
  } catch (error) {
    report(error)
  }
  return OPEN_MS
}
