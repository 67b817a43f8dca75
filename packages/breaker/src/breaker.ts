import { begin } from './context.ts'
import type { CallContext } from './context.ts'
import { judgement } from './core/judgement.ts'
import { admit, enter, settleProbe } from './core/machine.ts'
import type { Circuit, Phase } from './core/machine.ts'
import type { Rule, Window } from './core/rule.ts'
import type { BreakerEvent, BreakerState } from './events.ts'
import type { Random } from './ground/clock.ts'
import { KEPT_ERRORS } from './ground/defaults.ts'
import { OpenError } from './ground/errors.ts'
import type { Call, Judge, Policy, RunOptions, Verdict } from './ground/types.ts'
import { listen, quietly, report, tell } from './listeners.ts'
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

/** A call that somebody times, or that is a probe. Any other is known by its generation alone, for an object more is a tenth of what it costs. */
interface Timed {
  readonly generation: number
  /** On the monotonic clock. */
  readonly began: number
}

/** No circuit is ever in this generation: that of a call that goes, because the breaker merely watches, but counts nowhere. */
const NEVER = -1

const NONE: readonly never[] = []

/** What `createBreaker` makes. The door shows `Breaker`; the rest is for the functions of this package that take one. */
export class CircuitBreaker implements Breaker, Circuit {
  // What a closed call touches comes first: with thousands of breakers each cache line is missed.
  phase: Phase = 'closed'
  until = 0
  isolations = 0
  generation = 0
  listeners: Listeners<BreakerEvent> | undefined
  readonly clockReads: number
  readonly clock!: BreakerSettings['clock']
  readonly judge: Judge | undefined
  window: Window
  openings = 0
  probing = NONE as unknown as number[]
  needed = 0
  spare = 0
  credit = 0
  /** The rule that opened it. */
  rule: string | undefined
  /** Why it is as it is, in words. */
  reason = ''
  /** The last failures that counted, oldest first; never more than KEPT_ERRORS. */
  errors: readonly unknown[] = NONE
  declare readonly name: string
  declare readonly trip: Rule
  declare readonly openMs: BreakerSettings['openMs']
  declare readonly jitter: number
  declare readonly probes: number
  declare readonly tolerate: number
  declare readonly probeMs: number
  declare readonly rampMs: number
  declare readonly enforce: boolean
  declare readonly random: Random

  constructor(settings: BreakerSettings) {
    Object.assign(this, settings)
    this.clockReads = settings.trip.clockReads ?? 0
    this.window = settings.trip.start()
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
    const pass = this.#admit()
    if (pass instanceof OpenError) return rejected(pass)
    let result: Promise<T>
    try {
      result = Promise.resolve(call(context))
    } catch (error) {
      result = rejected(error)
    }
    // Without a judge no outcome is made: it would be one object more for every call.
    return result.then(
      (value) => {
        this.#settle(pass, this.judge ? verdictOf(this.judge, { ok: true, value }, context.source) : 'ok')
        return value
      },
      (error: unknown) => {
        this.#settle(pass, this.judge ? verdictOf(this.judge, { ok: false, error }, context.source) : judgement(error, context.source), error)
        return rejection(error)
      },
    )
  }

  enter(): Permit {
    const pass = this.#admit()
    if (pass instanceof OpenError) throw pass
    let settled = false
    const settle = (verdict: Verdict, error?: unknown): void => {
      if (settled) return
      settled = true
      this.#settle(pass, verdict, error)
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

  /** Leave to go; or the error that refuses, which is not thrown here: that would cost several times what making it does. */
  #admit(): number | Timed | OpenError {
    const plain = this.phase === 'closed' && this.until === 0 && this.isolations === 0
    if (plain && this.clockReads < 2 && !this.listeners) return this.generation
    const { name, enforce, state: before } = this
    const began = this.clock.monotonic()
    const admitted = plain || admit(this, began)
    // Made before anybody is told: a probe whose generation a listener ends counts nowhere.
    const pass = { generation: this.generation, began }
    this.moved(before, 'the waiting time is over')
    if (admitted) return pass
    const { state } = this
    const reason = state === 'closed' ? 'ramp' : state
    const retryAfterMs = state === 'isolated' ? 0 : Math.max(0, this.until - began)
    this.#tell({ type: 'refused', reason, retryAfterMs, enforced: enforce })
    return enforce ? new OpenError(name, reason, retryAfterMs, { cause: this.errors.at(-1) }) : { generation: NEVER, began }
  }

  // What few calls need is in functions of its own, for every call comes through here, and engines run best what is short.
  #settle(pass: number | Timed, verdict: Verdict, error?: unknown): void {
    const now = this.clockReads > 0 || this.listeners ? this.clock.monotonic() : 0
    const timed = typeof pass !== 'number'
    // Where the clock is not read, `now` is 0.
    const durationMs = timed ? Math.max(0, now - pass.began) : 0
    const stale = (timed ? pass.generation : pass) !== this.generation
    if (!stale) this.#count(pass, verdict, error, now, durationMs)
    if (this.listeners) this.#tell({ type: 'outcome', verdict, durationMs, stale, error })
  }

  #count(pass: number | Timed, verdict: Verdict, error: unknown, now: number, durationMs: number): void {
    const { window } = this
    const failed = verdict === 'fail'
    if (failed) this.errors = [...this.errors, error].slice(-KEPT_ERRORS)
    try {
      if (this.phase === 'half-open') this.#probed(pass as Timed, verdict)
      else if (verdict !== 'ignore' && window.record(failed, now, durationMs)) this.#change('open', window.describe(), window.name)
    } catch (bug) {
      // A rule of somebody's own that throws must not take the place of the call's outcome.
      report(bug)
    }
  }

  /** While half-open, every call that counts is a probe, and timed. */
  #probed({ began }: Timed, verdict: Verdict): void {
    const phase = settleProbe(this, began, verdict)
    if (phase !== 'half-open') this.#change(phase, phase === 'open' ? 'too many probes failed' : 'enough probes went well', this.rule)
  }

  /** Told before the outcome that made it: what a listener does when it hears of the outcome comes after it, and is told once. */
  #change(phase: Phase, reason: string, rule: string | undefined): void {
    const { state } = this
    this.turn(phase, reason, rule)
    this.moved(state, reason)
  }

  /** Changes the phase; everything that belongs to a change happens here, and nothing is told yet. */
  turn(phase: Phase, reason: string, rule?: string): void {
    const wait = phase === 'open' ? waitOf(this, this.openings + 1) : this.rampMs
    enter(this, phase, wait && this.clock.monotonic() + wait)
    this.window = quietly(() => this.trip.start()) ?? this.window
    this.rule = rule
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
