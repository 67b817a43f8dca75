import { createBreaker } from '../breaker.ts'
import type { Breaker } from '../breaker.ts'
import { anyOf } from '../core/any-of.ts'
import { consecutive } from '../core/consecutive.ts'
import { peakEwma } from '../core/peak-ewma.ts'
import type { Rule, Window } from '../core/rule.ts'
import type { BalancerSettings } from './settings.ts'

/** A failed call costs its host as if it had been this much slower than it is. */
const FAILURE_FACTOR = 2
/** However often it failed: a minute. */
const WORST_MS = 60_000
/** A latency too short for the clock still counts, so that calls that run weigh from the first one on. */
const SHORTEST_MS = 0.001
/** The share of its turns that a new host takes at first. */
const FIRST_SHARE = 0.1

/** One host as its balancer sees it. */
export class Host<H> {
  readonly host: H
  readonly id: string
  readonly breaker: Breaker
  /** Calls that run on it now. */
  active = 0
  /** Since the last look for outliers. */
  calls = 0
  failures = 0
  /** Its success rate was an outlier; the next call that ends will eject it. */
  outlier = false
  #settings: BalancerSettings<H>
  /** Peak EWMA of its latency; 0 before the first call has ended. */
  #latencyMs = 0
  #heardAt = 0
  #welcomedAt: number

  /** `mayEject` is asked before this host is ejected. */
  constructor(host: H, id: string, settings: BalancerSettings<H>, welcomedAt: number, mayEject: () => boolean) {
    this.host = host
    this.id = id
    this.#settings = settings
    this.#welcomedAt = welcomedAt
    const { failures, ejectMs, maxEjectMs, clock, random } = settings
    this.breaker = createBreaker({
      name: id,
      trip: ejection(anyOf(consecutive(failures), this.#outlierRule()), mayEject),
      openMs: (openings) => Math.min(ejectMs * openings, maxEjectMs),
      clock,
      random,
    })
  }

  get available(): boolean {
    return this.breaker.state === 'closed'
  }

  /** What a call to it would cost: its latency times the calls that would run. A latency of long ago fades to the typical one. */
  cost(now: number, typicalMs: number): number {
    const latencyMs = this.#latencyMs === 0 ? typicalMs : this.#faded(now, typicalMs)
    return (latencyMs + SHORTEST_MS) * (this.active + 1)
  }

  /** The share of its turns that it takes: grows to all of them while it warms up (Envoy's slow start). */
  share(now: number): number {
    const { slowStartMs } = this.#settings
    return slowStartMs === 0 ? 1 : Math.max(FIRST_SHARE, Math.min(1, (now - this.#welcomedAt) / slowStartMs))
  }

  /** It is back from its ejection. */
  welcome(now: number): void {
    this.#welcomedAt = now
  }

  heard(failed: boolean, durationMs: number, now: number, typicalMs: number): void {
    this.calls++
    if (failed) this.failures++
    const before = this.#latencyMs
    const latencyMs = failed ? Math.min(WORST_MS, Math.max(durationMs, typicalMs, before * FAILURE_FACTOR)) : durationMs
    this.#latencyMs = before === 0 ? latencyMs : peakEwma(this.#faded(now, typicalMs), latencyMs, now - this.#heardAt, this.#settings.tauMs)
    this.#heardAt = now
  }

  #faded(now: number, typicalMs: number): number {
    if (this.#latencyMs <= typicalMs) return this.#latencyMs
    return typicalMs + (this.#latencyMs - typicalMs) * Math.exp(-(now - this.#heardAt) / this.#settings.tauMs)
  }

  #outlierRule(): Rule {
    return {
      start: () => {
        this.outlier = false
        return { name: 'outlier', record: () => this.outlier, describe: () => 'its success rate was far below that of its peers' }
      },
    }
  }
}

/** The rule, but only while its group allows another ejection. */
function ejection(rule: Rule, mayEject: () => boolean): Rule {
  return {
    clockReads: rule.clockReads,
    start(): Window {
      const window = rule.start()
      return {
        get name() {
          return window.name
        },
        record: (failed, now, durationMs) => window.record(failed, now, durationMs) && mayEject(),
        describe: () => window.describe(),
      }
    },
  }
}
