import { consecutive } from './core/consecutive.ts'
import type { Plan } from './core/machine.ts'
import { isRule } from './core/rule.ts'
import type { Rule } from './core/rule.ts'
import { systemRandom, systemTime } from './ground/clock.ts'
import type { Clock, Random } from './ground/clock.ts'
import { FAILURES, OPEN_GROWTH_LIMIT, OPEN_JITTER, OPEN_MS, PROBES } from './ground/defaults.ts'
import { check, count, duration, read, share, typed } from './ground/options.ts'
import type { Judge } from './ground/types.ts'
import { quietly } from './listeners.ts'

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
  /** Default: the runtime's. */
  readonly clock?: Pick<Clock, 'now' | 'monotonic'>
  /** Default: the runtime's. */
  readonly random?: Random
}

/** The options, checked and filled in. */
export type BreakerSettings = Plan & Required<Omit<BreakerOptions, 'judge'>> & { readonly judge: Judge | undefined }

export function breakerSettings(options: BreakerOptions | undefined): BreakerSettings {
  const settings = read('createBreaker', options, {
    name: typed<string>('breaker', 'string'),
    trip: check<Rule>(consecutive(FAILURES), 'a rule, such as consecutive(5), or anyOf(…) of several', isRule),
    openMs: check<BreakerSettings['openMs']>(OPEN_MS, 'milliseconds from 1 on, or a function', (value) => typeof value === 'function' || isWait(value)),
    jitter: share(OPEN_JITTER),
    probes: count(PROBES),
    tolerate: share(0),
    probeMs: duration(undefined, 1),
    rampMs: duration(0),
    judge: typed<Judge | undefined>(undefined, 'function'),
    enforce: typed<boolean>(true, 'boolean'),
    clock: typed<Pick<Clock, 'now' | 'monotonic'>>(systemTime, 'object'),
    random: typed<Random>(systemRandom, 'function'),
  })
  const { openMs, probeMs = typeof openMs === 'number' ? openMs : OPEN_MS } = settings
  return { ...settings, probeMs }
}

const isWait = (value: unknown): boolean => duration(0, 1)[2](value)

/**
 * How long an opening lasts: as the options say, and by chance a little longer, so that a fleet does not probe in step. A function that
 * throws or gives nonsense is no reason to stay open for ever, or not at all.
 */
export function waitOf({ openMs, jitter, random }: Pick<BreakerSettings, 'openMs' | 'jitter' | 'random'>, openings: number): number {
  return grown(openMs, openings) * (1 + jitter * random())
}

function grown(openMs: BreakerSettings['openMs'], openings: number): number {
  if (typeof openMs === 'number') return openMs * Math.min(2 ** (openings - 1), OPEN_GROWTH_LIMIT)
  const wait = quietly(() => openMs(openings))
  return isWait(wait) ? (wait as number) : OPEN_MS
}
