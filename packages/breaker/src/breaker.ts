import { begin } from './context.ts'
import type { CallContext } from './context.ts'
import { judgement } from './core/judgement.ts'
import { ADMITTED, admit, calm, enter, newCircuit, REFUSED, settleProbe } from './core/machine.ts'
import type { Circuit, Phase } from './core/machine.ts'
import type { Rule, Window } from './core/rule.ts'
import type { BreakerEvent, BreakerState } from './events.ts'
import { explanation } from './explanation.ts'
import type { Explanation } from './explanation.ts'
import { KEPT_ERRORS } from './ground/defaults.ts'
import { OpenError, stackless } from './ground/errors.ts'
import { duration, expect } from './ground/options.ts'
import type { Call, Judge, Policy, RunOptions, Verdict } from './ground/types.ts'
import { Listeners, report } from './listeners.ts'
import type { Handle } from './listeners.ts'
import { rejected, verdictOf } from './outcome.ts'
import type { Permit } from './permit.ts'
import { breakerSettings, waitOf } from './settings.ts'
import type { BreakerOptions, BreakerSettings } from './settings.ts'
import { remainingWait } from './snapshot.ts'
import type { BreakerSnapshot } from './snapshot.ts'

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
  /** Refuses everything until each handle given out has been disposed of; then the state beneath counts again. */
  isolate(): Handle
  /**
   * Opens by decision from elsewhere: a health check, an operator, the rest of a fleet. When it is open already, only the wait changes.
   * @param openMs - until the next probe may go, milliseconds, 0 or more; as long as an opening of its own when left out
   */
  trip(reason: string, openMs?: number): void
  /** Closes, and forgets what was counted. Isolation stays. */
  reset(): void
  /** Plain versioned data for `restore`, in this process or another. */
  snapshot(): BreakerSnapshot
  explain(): Explanation
  onEvent(listener: (event: BreakerEvent) => void): Handle
}

/**
 * A circuit breaker (Nygard, "Release It!"; generations as in gobreaker). A result counts only in the generation of its call, so
 * nothing that began before an opening can close or reopen it.
 *
 * @throws TypeError or RangeError for options that are unknown or out of range
 */
export function createBreaker(options?: BreakerOptions): Breaker {
  return new CircuitBreaker(...breakerSettings(options))
}

/**
 * The admission of a call that goes but counts nowhere: the breaker merely observes, or somebody who was told of the probe has put an
 * end to its generation.
 */
const OBSERVED = -2
/** No circuit is ever in this generation. */
const NEVER = -1

class CircuitBreaker implements Breaker {
  readonly #settings: BreakerSettings
  readonly #circuit: Circuit = newCircuit()
  readonly #window: Window
  // Read on every call, so kept at hand: with thousands of breakers each object that is touched is a cache line that is missed.
  readonly #judge: Judge | undefined
  readonly #clockReads: Rule['clockReads']
  readonly #clock: BreakerSettings['clock']
  #listeners: Listeners<BreakerEvent> | undefined
  #isolations = 0
  #rule: string | undefined
  #reason = ''
  /** The last failures that counted, oldest first; never more than KEPT_ERRORS. */
  #errors: unknown[] | undefined

  constructor(settings: BreakerSettings, trip: Rule, restore: BreakerSnapshot | undefined) {
    this.#settings = settings
    this.#window = trip.start()
    this.#judge = settings.judge
    this.#clockReads = trip.clockReads
    this.#clock = settings.clock
    const wait = restore && remainingWait(restore, this.#clock.now())
    if (restore === undefined || wait === undefined) return
    this.#circuit.openings = restore.openings - 1
    this.#reason = 'restored'
    enter(this.#circuit, 'open', this.#clock.monotonic() + wait)
  }

  get name(): string {
    return this.#settings.name
  }

  get state(): BreakerState {
    return this.#isolations > 0 ? 'isolated' : this.#circuit.phase
  }

  get retryAfterMs(): number {
    return this.#circuit.phase === 'open' ? Math.max(0, this.#circuit.until - this.#clock.monotonic()) : 0
  }

  run<T>(call: Call<T>, options?: RunOptions): Promise<T> {
    let context: CallContext
    try {
      context = begin(call, options)
    } catch (error) {
      return rejected(error)
    }
    // From here to the call nothing waits, so no other call comes between the admission and its generation.
    const admission = this.#admit()
    if (typeof admission !== 'number') return rejected(admission)
    const generation = admission === OBSERVED ? NEVER : this.#circuit.generation
    const started = this.#begin()
    let result: T | PromiseLike<T>
    try {
      result = call(context)
    } catch (error) {
      this.#failed(admission, generation, started, error, context)
      return rejected(error)
    }
    return Promise.resolve(result).then(
      (value) => {
        const judge = this.#judge
        this.#settle(admission, generation, started, judge === undefined ? 'ok' : verdictOf(judge, { ok: true, value }, context.source), undefined)
        return value
      },
      (error: unknown) => {
        this.#failed(admission, generation, started, error, context)
        throw error
      },
    )
  }

  enter(): Permit {
    const admission = this.#admit()
    if (typeof admission !== 'number') throw admission
    const generation = admission === OBSERVED ? NEVER : this.#circuit.generation
    const started = this.#begin()
    let settled = false
    const settle = (verdict: Verdict, error?: unknown): void => {
      if (settled) return
      settled = true
      this.#settle(admission, generation, started, verdict, error)
    }
    const ignore = (): void => settle('ignore')
    return { ok: () => settle('ok'), fail: (error) => settle('fail', error), ignore, [Symbol.dispose]: ignore }
  }

  isolate(): Handle {
    const before = this.state
    this.#isolations++
    this.#moved(before, 'isolate() was called')
    let held = true
    return {
      [Symbol.dispose]: () => {
        if (!held) return
        held = false
        this.#isolations--
        this.#moved('isolated', 'every isolation was released')
      },
    }
  }

  trip(reason: string, openMs?: number): void {
    if (openMs !== undefined) expect('trip', 'openMs', openMs, duration(0))
    const before = this.state
    if (this.#circuit.phase !== 'open') this.#turn('open', undefined, reason)
    if (openMs !== undefined) this.#circuit.until = this.#clock.monotonic() + openMs
    this.#moved(before, reason)
  }

  reset(): void {
    const before = this.state
    this.#errors = undefined
    this.#turn('closed', undefined, 'reset() was called')
    this.#circuit.until = 0
    this.#moved(before, this.#reason)
  }

  snapshot(): BreakerSnapshot {
    const { name, state, retryAfterMs } = this
    return { version: 1, name, state, openings: this.#circuit.openings, retryAfterMs, at: this.#clock.now() }
  }

  explain(): Explanation {
    const { state, retryAfterMs } = this
    const errors = [...(this.#errors ?? [])]
    return explanation(this.name, { state, rule: this.#rule, reason: this.#reason, errors, openings: this.#circuit.openings, retryAfterMs })
  }

  onEvent(listener: (event: BreakerEvent) => void): Handle {
    return (this.#listeners ??= new Listeners()).add(listener)
  }

  [Symbol.dispose](): void {
    this.#listeners?.clear()
  }

  /** A lease, ADMITTED or OBSERVED, or the error that refuses. */
  #admit(): number | OpenError {
    const circuit = this.#circuit
    if (calm(circuit) && this.#isolations === 0) return ADMITTED
    const { enforce, stack } = this.#settings
    const now = this.#clock.monotonic()
    if (this.#isolations === 0) {
      const before = circuit.phase
      const admission = admit(circuit, this.#settings, now)
      const { generation } = circuit
      if (before !== circuit.phase) this.#moved(before, 'the waiting time is over')
      if (admission !== REFUSED) return generation === circuit.generation ? admission : OBSERVED
    }
    const state = this.state
    const reason = state === 'closed' ? 'ramp' : state
    const until = circuit.phase === 'half-open' ? Math.min(...circuit.leases) : circuit.until
    const retryAfterMs = reason === 'isolated' ? 0 : Math.max(0, until - now)
    this.#emit({ type: 'refused', reason, retryAfterMs, enforced: enforce })
    if (!enforce) return OBSERVED
    const make = (): OpenError => new OpenError(this.name, reason, retryAfterMs, { cause: this.#errors?.at(-1) })
    return stack ? make() : stackless(make)
  }

  /** When a call began, or NEVER where nobody will ask how long it took. */
  #begin(): number {
    return this.#clockReads === 2 || this.#listeners !== undefined ? this.#clock.monotonic() : NEVER
  }

  #failed(lease: number, generation: number, started: number, error: unknown, { source }: CallContext): void {
    const judge = this.#judge
    // Without a judge no outcome is made: an object alive where an error is thrown on doubles the price of throwing it.
    const verdict = judge === undefined ? judgement(error, source) : verdictOf(judge, { ok: false, error }, source)
    this.#settle(lease, generation, started, verdict, error)
  }

  #settle(lease: number, generation: number, started: number, verdict: Verdict, error: unknown): void {
    const circuit = this.#circuit
    const stale = generation !== circuit.generation
    const now = this.#clockReads === 0 && this.#listeners === undefined ? 0 : this.#clock.monotonic()
    const durationMs = started === NEVER ? 0 : now - started
    const before = this.state
    if (!stale) {
      if (verdict === 'fail') {
        this.#errors ??= []
        if (this.#errors.push(error) > KEPT_ERRORS) this.#errors.shift()
      }
      if (circuit.phase === 'half-open') this.#decide(settleProbe(circuit, this.#settings, lease, verdict))
      else if (verdict !== 'ignore' && this.#record(verdict === 'fail', now, durationMs)) this.#trip()
    }
    if (this.#listeners === undefined) return
    // The change is told first: what a listener does when it hears of the outcome comes after it, and is told once.
    if (!stale) this.#moved(before, this.#reason)
    this.#emit({ type: 'outcome', verdict, durationMs, stale, ...(verdict === 'fail' && { error }) })
  }

  /** A rule of somebody's own that throws must not take the place of the call's outcome. */
  #record(failed: boolean, now: number, durationMs: number): boolean {
    try {
      return this.#window.record(failed, now, durationMs)
    } catch (error) {
      report(error)
      return false
    }
  }

  #trip(): void {
    this.#turn('open', this.#window.name, this.#window.describe())
  }

  #decide(phase: Phase): void {
    const { passed, failed } = this.#circuit
    if (phase !== 'half-open') this.#turn(phase, this.#rule, `${passed} probes went well, ${failed} failed`)
  }

  /** Changes the phase; everything that belongs to a change happens here, and nothing is told yet. */
  #turn(phase: Phase, rule: string | undefined, reason: string): void {
    const { rampMs } = this.#settings
    const circuit = this.#circuit
    const wait = phase === 'open' ? waitOf(this.#settings, circuit.openings + 1) : rampMs
    enter(circuit, phase, wait === 0 ? 0 : this.#clock.monotonic() + wait)
    this.#window.clear()
    this.#rule = phase === 'open' ? rule : undefined
    this.#reason = reason
  }

  #moved(from: BreakerState, reason: string): void {
    const to = this.state
    if (from !== to) this.#emit({ type: 'transition', from, to, reason, retryAfterMs: to === 'open' ? this.retryAfterMs : 0 })
  }

  #emit(event: Untold): void {
    this.#listeners?.emit({ ...event, breaker: this.name, at: this.#clock.now() })
  }
}

type Untold = BreakerEvent extends infer E ? (E extends BreakerEvent ? Omit<E, 'breaker' | 'at'> : never) : never
