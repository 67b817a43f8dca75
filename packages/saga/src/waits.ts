/** What a saga waits for: sleeps, signals, back-offs, its deadline. One timer for all of them, by the store's time. */
import { toFailure } from './core/failure.ts'
import type { Step } from './core/state.ts'
import type { Effects } from './effects.ts'
import { DeadlinePassed, StepTimeout } from './ground/errors.ts'
import type { Timer } from './ground/types.ts'
import type { Life } from './life.ts'

export class Waits {
  readonly #life: Life
  readonly #effects: Effects
  #alarm: { readonly at: number; readonly timer: Timer } | undefined

  constructor(life: Life, effects: Effects) {
    this.#life = life
    this.#effects = effects
  }

  /** Sees to it that somebody looks no later than this, in the store's time. */
  arm(until: number): void {
    const { clock, storeTime } = this.#life.house
    if (this.#alarm !== undefined && this.#alarm.at <= until) return
    this.stop()
    this.#alarm = { at: until, timer: clock.after(Math.max(0, until - storeTime.latest()), () => this.#ring()) }
  }

  stop(): void {
    this.#alarm?.timer.cancel()
  }

  /** Gives a waiting `signal` the oldest letter of its name. The log has one writer, so a signal and its time-out have one winner. */
  heed(name: string): void {
    const { direction, signals, steps } = this.#life.journal.state
    const letter = signals.find((each) => each.name === name)
    const step = steps.find((each) => each.name === name && each.type === 'signal' && each.outcome === undefined)
    if (letter !== undefined && step !== undefined && direction === 'forward') this.fulfil(step, letter.value)
  }

  /** Gives a wait what it waited for: nothing, or an encoded value. */
  fulfil(step: Step, value: string = this.#life.house.codec.encode(undefined)): void {
    this.#life.journal.record({ kind: 'done', ord: step.ord, value }, undefined, true)
    this.#life.asks.settle(step)
  }

  /** Ends a wait without what it waited for; nothing has happened, so nothing has to be undone. */
  refuse(step: Step, error: Error): void {
    this.#life.journal.record({ kind: 'failed', ord: step.ord, error: toFailure(error), nothing: true }, undefined, true)
    this.#life.asks.settle(step)
  }

  /** Goes on with actions that have begun and are not under way. */
  resume(): void {
    const { asks, journal: { state } } = this.#life
    if (!asks.caughtUp || state.direction === 'back') return
    for (const { ord, outcome, until, type } of state.steps) {
      if (outcome === undefined && until === undefined && (type === 'step' || type === 'tx')) this.#effects.perform(ord)
    }
  }

  /** The timer says when to ask; whether it is time, the store says. */
  #ring(): void {
    const { live, house: { storeTime } } = this.#life
    if (this.#alarm === undefined || !live) return
    const { at } = this.#alarm
    const look = (): void => this.#look()
    this.#alarm = undefined
    if (storeTime.told >= at) look()
    else storeTime.whenTold(look)
  }

  #look(): void {
    const life = this.#life
    if (!life.live) return
    const { state } = life.journal
    const now = life.house.storeTime.told
    const { deadlineAt = Infinity } = life.row
    const forward = state.direction === 'forward'
    if (forward && deadlineAt <= now) life.cancel(new DeadlinePassed())
    else if (forward && deadlineAt < Infinity) this.arm(deadlineAt)
    for (const step of state.steps) {
      if (step.until === undefined) continue
      if (step.until > now) this.arm(step.until)
      else if (forward && step.outcome === undefined) this.#due(step)
    }
    life.pump()
  }

  #due(step: Step): void {
    const { asks, journal, house: { codec } } = this.#life
    const want = asks.get(step.name)?.want
    // A wait that is not in the log yet has not begun: another life may have the saga, and begin it anew.
    if (want === undefined || !asks.caughtUp || journal.state.direction === 'back' || step.startedAt >= journal.durable) return
    if (step.type === 'step' || step.type === 'tx') return this.#effects.perform(step.ord)
    if (step.type === 'sleep') return this.fulfil(step)
    if (want.otherwise !== undefined) return this.fulfil(step, codec.encode(want.otherwise.value))
    this.refuse(step, new StepTimeout(step.name, want.ms ?? 0))
  }
}
