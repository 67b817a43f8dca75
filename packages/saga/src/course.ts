/** Which way a saga goes: on, back, to its end, or nowhere before a person has looked. */
import type { Children } from './children.ts'
import { asError, toError, toFailure } from './core/failure.ts'
import { next } from './core/next.ts'
import type { Effects } from './effects.ts'
import { DefinitionChanged } from './ground/errors.ts'
import type { Life } from './life.ts'

const NONE: ReadonlySet<number> = new Set()

type Finish = { readonly value: string } | { readonly error: unknown }

export class Course {
  /** What the function came to: its output, encoded, or what it threw. */
  finished: Finish | undefined
  readonly #life: Life
  readonly #effects: Effects
  readonly #children: Children

  constructor(life: Life, effects: Effects, children: Children) {
    this.#life = life
    this.#effects = effects
    this.#children = children
  }

  finish(how: Finish): void {
    this.finished ??= how
    this.pump()
  }

  /** Looks at the state and does what it asks for, if it asks for anything. */
  pump(): void {
    const { asks, journal: { state }, house } = this.#life
    if (!this.#life.live || state.stuck !== undefined || state.ended !== undefined) return
    if (!asks.caughtUp) {
      if (this.finished !== undefined && asks.missing().length > 0) this.changed()
      return
    }
    if (state.direction === 'forward') {
      if (state.cancelled === undefined && this.finished === undefined) return
      // Which way there is, is not known before the pivot has settled.
      if (state.steps.some((step) => step.pivot && step.outcome === undefined)) return
      if (state.cancelled !== undefined) return this.#turnBack(toError(state.cancelled), true)
      const finished = this.finished
      if (finished !== undefined && 'error' in finished) return state.pivoted ? this.stick(undefined, asError(finished.error)) : this.#turnBack(asError(finished.error), false)
    }
    const command = next(state, this.#running(), this.#life.definition.options.undoOrder ?? 'reverse', house.storeTime.told)
    if (command.do === 'end') this.#end()
    if (command.do === 'undo') for (const ord of command.ords) (state.steps[ord]?.type === 'child' ? this.#children : this.#effects).undo(ord)
  }

  /** The steps of which an action, an undo or a child's undo has not settled. */
  #running(): ReadonlySet<number> {
    const { undoing } = this.#children
    return this.#effects.busy === 0 && undoing.length === 0 ? NONE : new Set([...this.#effects.running(), ...undoing])
  }

  /** Turns the saga back as soon as the pivot, if one is under way, allows it. */
  cancel(error: Error): void {
    const { journal } = this.#life
    const { direction, ended, cancelled, pivoted } = journal.state
    if (direction === 'back' || ended !== undefined || cancelled !== undefined) return
    if (pivoted) return journal.record({ kind: 'note', text: `came too late, after the pivot: ${error.message}` })
    journal.record({ kind: 'cancel', cause: toFailure(error) })
    this.pump()
  }

  /** Nothing goes on before a person has looked. */
  stick(ord: number | undefined, error: Error): void {
    const { journal } = this.#life
    if (!this.#life.live || journal.state.stuck !== undefined) return
    const failure = toFailure(error)
    journal.result(JSON.stringify(failure))
    journal.record({ kind: 'stuck', ...(ord === undefined ? {} : { ord }), error: failure }, this.#life.report({ type: 'stuck', step: ord === undefined ? undefined : journal.state.steps[ord]?.name, error }))
  }

  /** The function no longer asks for what the log has. */
  changed(): void {
    this.stick(undefined, new DefinitionChanged({ recorded: this.#life.journal.state.steps.map((step) => step.name), asked: this.#life.asks.names(), missing: this.#life.asks.missing() }))
  }

  #turnBack(error: Error, abort: boolean): void {
    this.#life.journal.record({ kind: 'back', cause: toFailure(error) }, this.#life.report({ type: 'compensating', error }))
    if (abort) this.#effects.stop(error)
    this.pump()
  }

  #end(): void {
    const { journal, row } = this.#life
    const { direction, cause, steps } = journal.state
    const state = direction === 'forward' ? 'completed' : 'compensated'
    journal.result(state === 'completed' ? (this.finished as { value: string }).value : JSON.stringify(cause))
    if (steps.some((step) => step.type === 'lock')) journal.extras.unlock = true
    if (row.parent !== undefined) this.#children.tellParent(state)
    journal.record({ kind: 'end', state }, this.#life.report({ type: state }))
  }
}
