import { begin } from './context.ts'
import type { CallContext } from './context.ts'
import { judgement } from './core/judgement.ts'
import { ADMITTED, admit, enter, REFUSED, settleProbe } from './core/machine.ts'
import type { Circuit, Phase } from './core/machine.ts'
import type { Window } from './core/rule.ts'
import type { BreakerEvent, BreakerState } from './events.ts'
import type { Random } from './ground/clock.ts'
import { KEPT_ERRORS } from './ground/defaults.ts'
import { OpenError } from './ground/errors.ts'
import type { Call, Judge, Policy, RunOptions, Verdict } from './ground/types.ts'
import { listen, report, tell } from './listeners.ts'
import type { Handle, Listeners } from './listeners.ts'
import { rejected, rejection, verdictOf } from './outcome.ts'
import type { Permit } from './permit.ts'
import { breakerSettings, waitOf } from './settings.ts'
import type { BreakerOptions, BreakerSettings } from './settings.ts'

/** Stops calling a target that fails, and finds out with few calls when it is back. No timers: time is compared when a call arrives. */
export interface Breaker extends Policy, Disposable {
  readonly name: string
  readonly state: BreakerState
  /** Milliseconds until the next probe may go; 0 unless open. */
  readonly retryAfterMs: number
  /**
   * The two-step form, for streams, sockets and callbacks: ask first, report later.
   * @throws OpenError when the call must not be made
   */
  enter(): Permit
  onEvent(listener: (event: BreakerEvent) => void): Handle
}

/**
 * A circuit breaker (Nygard, "Release It!"; generations as in gobreaker). A result counts only in the generation of its call, so
 * nothing that began before an opening can close or reopen it.
 *
 * @throws TypeError or RangeError for options that are unknown or out of range
 */
export function createBreaker(options?: BreakerOptions): Breaker {
  return new CircuitBreaker(breakerSettings(options))
}

/**
 * The admission of a call that goes but counts nowhere: the breaker merely watches, or somebody who was told of the probe has put an end
 * to its generation.
 */
const OBSERVED = -2
/** No circuit is ever in this generation, and no call begins at this time. */
const NEVER = -1

/** What `createBreaker` makes. The door shows `Breaker`; the rest is for the functions of this package that take one. */
export class CircuitBreaker implements Breaker, Circuit {
  // What a closed call touches comes first: with thousands of breakers each cache line is missed.
  phase: Phase = 'closed'
  generation = 0
  ramping = false
  isolations = 0
  listeners: Listeners<BreakerEvent> | undefined
  readonly window: Window
  readonly clockReads: number
  readonly judge: Judge | undefined
  readonly clock: BreakerSettings['clock']
  until = 0
  openings = 0
  leases: number[] = []
  passed = 0
  failed = 0
  credit = 1
  /** The rule that opened it. */
  rule: string | undefined
  /** Why it is as it is, in words. */
  reason = ''
  /** The last failures that counted, oldest first; never more than KEPT_ERRORS. */
  errors: unknown[] = []
  declare readonly name: string
  declare readonly openMs: BreakerSettings['openMs']
  declare readonly jitter: number
  declare readonly probes: number
  declare readonly tolerate: number
  declare readonly probeMs: number
  declare readonly rampMs: number
  declare readonly enforce: boolean
  declare readonly random: Random

  constructor({ trip, clock, judge, ...settings }: BreakerSettings) {
    this.clock = clock
    this.judge = judge
    this.clockReads = trip.clockReads ?? 0
    this.window = trip.start()
    Object.assign(this, settings)
  }

  get state(): BreakerState {
    return this.isolations > 0 ? 'isolated' : this.phase
  }

  get retryAfterMs(): number {
    return this.phase === 'open' ? Math.max(0, this.until - this.clock.monotonic()) : 0
  }

  run<T>(call: Call<T>, options?: RunOptions): Promise<T> {
    let context: CallContext
    try {
      context = begin(call, options)
    } catch (error) {
      return rejected(error)
    }
    // From here to the call nothing waits, so no other call comes between the admission and its generation.
    const lease = this.#admit()
    if (typeof lease !== 'number') return rejected(lease)
    const generation = lease === OBSERVED ? NEVER : this.generation
    const started = this.#begin()
    let result: Promise<T>
    try {
      result = Promise.resolve(call(context))
    } catch (error) {
      result = rejected(error)
    }
    const { judge } = this
    return result.then(
      (value) => {
        this.#settle(lease, generation, started, judge ? verdictOf(judge, { ok: true, value }, context.source) : 'ok', undefined)
        return value
      },
      (error: unknown) => {
        // Without a judge no outcome is made: an object alive where an error is thrown on doubles the price of throwing it.
        this.#settle(lease, generation, started, judge ? verdictOf(judge, { ok: false, error }, context.source) : judgement(error, context.source), error)
        return rejection(error)
      },
    )
  }

  enter(): Permit {
    const lease = this.#admit()
    if (typeof lease !== 'number') throw lease
    const generation = lease === OBSERVED ? NEVER : this.generation
    const started = this.#begin()
    let settled = false
    const settle = (verdict: Verdict, error?: unknown): void => {
      if (settled) return
      settled = true
      this.#settle(lease, generation, started, verdict, error)
    }
    const ignore = (): void => settle('ignore')
    return { ok: () => settle('ok'), fail: (error) => settle('fail', error), ignore, [Symbol.dispose]: ignore }
  }

  onEvent(listener: (event: BreakerEvent) => void): Handle {
    return listen((this.listeners ??= new Set()), listener)
  }

  [Symbol.dispose](): void {
    this.listeners?.clear()
  }

  /** A lease, ADMITTED or OBSERVED; or the error that refuses, which is not thrown here: that would cost several times what making it does. */
  #admit(): number | OpenError {
    if (this.phase === 'closed' && !this.ramping && this.isolations === 0) return ADMITTED
    const { name, enforce, state: before } = this
    const now = this.clock.monotonic()
    const lease = admit(this, now)
    const { generation } = this
    this.moved(before, 'the waiting time is over')
    if (lease !== REFUSED) return generation === this.generation ? lease : OBSERVED
    const { state } = this
    const reason = state === 'closed' ? 'ramp' : state
    const retryAfterMs = state === 'isolated' ? 0 : Math.max(0, (this.leases[0] ?? this.until) - now)
    this.#tell({ type: 'refused', reason, retryAfterMs, enforced: enforce })
    return enforce ? new OpenError(name, reason, retryAfterMs, { cause: this.errors.at(-1) }) : OBSERVED
  }

  /** When a call began, or NEVER where nobody will ask how long it took. */
  #begin(): number {
    return this.clockReads > 1 || this.listeners ? this.clock.monotonic() : NEVER
  }

  #settle(lease: number, generation: number, started: number, verdict: Verdict, error: unknown): void {
    const now = this.clockReads > 0 || this.listeners ? this.clock.monotonic() : 0
    const durationMs = started === NEVER ? 0 : now - started
    const stale = generation !== this.generation
    if (!stale) this.#count(lease, verdict, error, now, durationMs)
    if (this.listeners) this.#tell({ type: 'outcome', verdict, durationMs, stale, error })
  }

  #count(lease: number, verdict: Verdict, error: unknown, now: number, durationMs: number): void {
    const { state, window } = this
    const failed = verdict === 'fail'
    if (failed && this.errors.push(error) > KEPT_ERRORS) this.errors.shift()
    try {
      if (this.phase === 'half-open') {
        const phase = settleProbe(this, lease, verdict)
        if (phase !== 'half-open') this.turn(phase, `${this.passed} probes went well, ${this.failed} failed`, this.rule)
      } else if (verdict !== 'ignore' && window.record(failed, now, durationMs)) this.turn('open', window.describe(), window.name)
      else return
    } catch (bug) {
      // A rule of somebody's own that throws must not take the place of the call's outcome.
      report(bug)
    }
    // The change is told first: what a listener does when it hears of the outcome comes after it, and is told once.
    this.moved(state, this.reason)
  }

  /** Changes the phase; everything that belongs to a change happens here, and nothing is told yet. */
  turn(phase: Phase, reason: string, rule?: string): void {
    const wait = phase === 'open' ? waitOf(this, this.openings + 1) : this.rampMs
    enter(this, phase, wait && this.clock.monotonic() + wait)
    this.window.clear()
    this.rule = phase === 'open' ? rule : undefined
    this.reason = reason
  }

  /** Tells of the change since the state was `from`, if there was one. */
  moved(from: BreakerState, reason: string): void {
    const to = this.state
    if (from !== to) this.#tell({ type: 'transition', from, to, reason, retryAfterMs: this.retryAfterMs })
  }

  #tell(event: Untold): void {
    if (this.listeners) tell(this.listeners, { ...event, breaker: this.name, at: this.clock.now() })
  }
}

type Untold = BreakerEvent extends infer E ? (E extends BreakerEvent ? Omit<E, 'breaker' | 'at'> : never) : never
