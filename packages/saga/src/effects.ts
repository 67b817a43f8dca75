/** The outside world of one run: actions, undos, what is still running, and how each outcome gets into the journal. */
import { Action, type Outcome, type Told } from './action.ts'
import type { Ask, Checked } from './asks.ts'
import { toError, toFailure } from './core/failure.ts'
import type { Step } from './core/state.ts'
import { FORWARD_RETRY } from './ground/defaults.ts'
import { DefinitionChanged, NothingHappened } from './ground/errors.ts'
import type { Entry } from './ground/log.ts'
import type { Encoded, Failure, Maybe, RetryOptions } from './ground/types.ts'
import type { Life } from './life.ts'
import type { Undo } from './saga.ts'

type Settled = Exclude<Outcome, { kind: 'later' }>

export class Effects {
  /** How many steps have an action or undo that has not settled, or one that timed out and may still succeed. */
  busy = 0
  readonly #running: boolean[] = []
  readonly #life: Life
  /** The last action on each step, by `ord`. */
  readonly #actions: Action[] = []
  /** How much was in the log when this life began: another life may have acted on it. */
  readonly #inherited: number

  #why: Error | undefined

  constructor(life: Life) {
    this.#life = life
    this.#inherited = life.journal.state.length
  }

  /** Which steps these are. */
  running(): number[] {
    return this.#running.flatMap((on, ord) => (on ? ord : []))
  }

  perform(ord: number): void {
    const life = this.#life
    if (!life.fresh()) return life.stall(() => this.perform(ord))
    const { direction, retriedAt = -1 } = life.journal.state
    const step = this.#stepAt(ord)
    const ask = life.asks.get(step.name)
    if (direction === 'back' || step.outcome !== undefined || this.#running[ord] || ask?.want.options === undefined) return
    // A person who lets a stuck saga try again has looked at what came before.
    const haunted = this.#actions[ord] !== undefined || (step.startedAt < this.#inherited && retriedAt < this.#inherited)
    this.#start(new Effect(this, life, step, ask, false, haunted))
  }

  undo(ord: number): void {
    const { phase } = this.#stepAt(ord)
    // One undone at once has looked further already, and may have begun what comes next.
    if (this.#running[ord] || phase === 'undone') return
    this.#hold(ord)
    if (phase === 'undoing') this.compensate(ord)
    else this.#life.journal.record({ kind: 'undo-intent', ord })
  }

  /** Begins the undo of a step, whose intent is durable. */
  compensate(ord: number): void {
    const life = this.#life
    if (!life.fresh()) return life.stall(() => this.compensate(ord))
    const step = this.#stepAt(ord)
    const ask = life.asks.get(step.name)
    if (ask?.want.options?.undo !== undefined) return this.#start(new Effect(this, life, step, ask, true, true))
    this.free(ord)
    life.stick(ord, new DefinitionChanged({ recorded: [`${step.name} with an undo`], asked: life.asks.names(), missing: [`the undo of ${step.name}`] }))
  }

  /** Resolves when nothing is running. */
  async idle(): Promise<void> {
    await Promise.all(this.#actions.map((action) => new Promise<void>((resolve) => action.when('settled', resolve))))
  }

  /** Aborts what is running. */
  stop(reason: Error): void {
    for (const action of this.#actions) action?.stop(reason)
  }

  /** The next attempt is for later: the log knows when. */
  postpone(ord: number, { attempt, waitMs, error }: Extract<Outcome, { kind: 'later' }>): void {
    const until = this.#life.house.storeTime.latest() + waitMs
    this.#life.journal.record({ kind: 'later', ord, attempt, until, error: toFailure(error) })
    this.#life.arm(until)
  }

  /** A timed-out action may still succeed: nothing is undone until it settles, or for a while. */
  linger(ord: number): void {
    const { house } = this.#life
    const calm = (): void => {
      timer.cancel()
      if (this.free(ord) && this.#life.live) this.#life.pump()
    }
    this.#hold(ord)
    const timer = house.clock.after(house.settleMs, calm)
    this.#actions[ord]?.when('quiet', calm)
  }

  /** A timed-out action succeeded after all: its undo gets the output, and runs again if it has run without. */
  late(ord: number, value: unknown): void {
    const life = this.#life
    const { name, phase } = this.#stepAt(ord)
    if (!life.live || life.journal.state.ended !== undefined) return
    if (phase === 'undoing') return this.#actions[ord]?.when('settled', () => this.late(ord, value))
    try {
      life.journal.record({ kind: 'late', ord, value: this.encode(name, value).text }, life.report({ type: 'step-late', step: name, attempt: 1 }))
    } catch {
      // An output that cannot be kept changes nothing: the undo runs without one in any case.
      return
    }
    life.pump()
  }

  /** What turned the saga back, or what its step ran into. One error for all undos, for making one is dear. */
  why(error: Failure | undefined): Error {
    const { cause } = this.#life.journal.state
    if (cause === undefined) return toError(error as Failure)
    return (this.#why ??= toError(cause))
  }

  encode(name: string, value: unknown): Encoded {
    return this.#life.house.encode(value, 'the output of step', name)
  }

  #start(effect: Effect): void {
    const { ord } = effect.step
    this.#hold(ord)
    this.#actions[ord] = effect
    effect.begun()
    effect.begin()
  }

  /** Nothing of this step is running any more. False: nothing was. */
  free(ord: number): boolean {
    const was = this.#running[ord] === true
    this.#running[ord] = false
    if (was) this.busy -= 1
    return was
  }

  #hold(ord: number): void {
    if (!this.#running[ord]) this.busy += 1
    this.#running[ord] = true
  }

  #stepAt(ord: number): Step {
    return this.#life.journal.state.steps[ord] as Step
  }
}

/** An action or its undo: the same walk in two directions. */
class Effect extends Action {
  readonly step: Step
  readonly back: boolean
  readonly haunted: boolean
  readonly retry: Required<RetryOptions>
  readonly timeoutMs: number | undefined
  readonly attempts: number
  /** What tells this effect's key from the step's others. */
  readonly #kind: 'do' | 'undo' | 'undo:late'
  /** Attempts that failed, before this life and in it. */
  #failures: number
  readonly #effects: Effects
  readonly #life: Life
  readonly #ask: Ask
  readonly #act: (told: never) => Maybe<unknown>

  constructor(effects: Effects, life: Life, step: Step, ask: Ask, back: boolean, haunted: boolean) {
    super(life.house)
    const options = ask.want.options as Checked
    this.#effects = effects
    this.#life = life
    this.#ask = ask
    this.step = step
    this.back = back
    this.haunted = haunted
    this.attempts = this.#failures = step.attempts
    if (back) {
      // A late success is another effect than the one undone before, so its undo must not be taken for a repetition.
      this.#kind = step.outcome === 'failed' && step.value !== undefined ? 'undo:late' : 'undo'
      this.#act = options.undo as Undo<unknown, unknown>
      this.retry = options.undoRetry ?? life.house.undoRetry
      this.timeoutMs = options.undoTimeoutMs
    } else {
      this.#kind = 'do'
      this.#act = options.do
      this.retry = options.retry ?? (step.pivot || life.journal.state.pivoted ? FORWARD_RETRY : life.house.retry)
      this.timeoutMs = options.timeoutMs
    }
  }

  get name(): string {
    return this.back ? `undo of ${this.step.name}` : this.step.name
  }

  get key(): string {
    return `${this.#life.row.id}:${this.step.ord}:${this.#kind}`
  }

  get epoch(): number {
    return this.#life.row.epoch
  }

  protected call(told: Told): Maybe<unknown> {
    const { step: { ord, type, name, value, error } } = this
    const { journal, input, house } = this.#life
    if (this.back) Object.assign(told, { input, output: value === undefined ? undefined : house.codec.decode(value), error: this.#effects.why(error) })
    if (type !== 'tx') return this.#act(told as never)
    const entryOf = (given: unknown): Entry => (this.back ? { kind: 'undone', ord } : { kind: 'done', ord, value: this.#effects.encode(name, given).text })
    return journal.transact((tx) => this.#act(Object.assign(told, { tx }) as never), entryOf)
  }

  begun(): void {
    this.#report(this.back ? 'undo-started' : 'step-started')?.()
  }

  protected failed(attempt: number, error: Error, retryMs: number | undefined): void {
    this.#failures = attempt
    this.#life.report({ type: this.back ? 'undo-failed' : 'step-failed', step: this.step.name, attempt, error, retryMs })?.()
  }

  protected late(value: unknown): void {
    if (!this.back) this.#effects.late(this.step.ord, value)
  }

  protected settled(outcome: Outcome): void {
    if (!this.#life.live) return
    this.#effects.free(this.step.ord)
    if (outcome.kind === 'later') return this.#effects.postpone(this.step.ord, outcome)
    if (this.back) this.#undone(outcome)
    else this.#done(outcome)
    this.#life.pump()
  }

  #done(outcome: Settled): void {
    const { ord, name, type, pivot, value } = this.step
    const { journal, house } = this.#life
    const asked = this.#ask
    let failed = outcome
    if (failed.kind === 'done') {
      const report = this.#report('step-done')
      if (type === 'tx') {
        report?.()
        return asked.resolve(house.codec.decode(value as string))
      }
      try {
        const encoded = this.#effects.encode(name, failed.value)
        journal.record({ kind: 'done', ord, value: encoded.text }, report, true)
        return asked.resolve(encoded.value)
      } catch (error) {
        // The effect is there, but its output cannot be kept: a failure whose undo has to manage without.
        failed = { kind: 'failed', error: error as Error, nothing: false, unknown: false }
      }
    }
    const { error: problem, unknown } = failed
    // A transaction that failed was rolled back.
    const nothing = type === 'tx' || failed.nothing
    if (pivot && !nothing) return this.#life.stick(ord, doubtful(name, problem))
    const error = toFailure(problem instanceof NothingHappened && problem.cause !== undefined ? problem.cause : problem)
    journal.record({ kind: 'failed', ord, error, ...(nothing ? { nothing } : {}), ...(unknown ? { unknown } : {}) }, undefined, true)
    if (unknown) this.#effects.linger(ord)
    asked.reject(toError(error))
  }

  #undone(outcome: Settled): void {
    const { ord, type } = this.step
    if (outcome.kind === 'failed') return this.#life.stick(ord, outcome.error)
    const report = this.#report('undone')
    if (type === 'tx') report?.()
    else this.#life.journal.record({ kind: 'undone', ord }, report)
  }

  #report(type: 'step-started' | 'step-done' | 'undo-started' | 'undone'): (() => void) | undefined {
    return this.#life.house.events.watched ? this.#life.report({ type, step: this.step.name, attempt: this.#failures + 1 }) : undefined
  }
}

/** A pivot whose last attempt refused after others that may have gone through: neither forward nor back is safe before somebody has looked. */
function doubtful(name: string, error: Error): Error {
  if (!(error instanceof NothingHappened)) return error
  return new Error(`pivot '${name}' says that nothing happened, but an attempt before may have gone through; find out, put that right, and engine.retry(id): the next attempt's word counts`, { cause: error })
}
