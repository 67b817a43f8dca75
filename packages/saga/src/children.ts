/** What a saga has to do with other sagas: children it starts, waits for and undoes, a parent that may undo it, and locks it queues for. */
import { toError, toFailure } from './core/failure.ts'
import type { Step } from './core/state.ts'
import { LockBusy, SagaCancelled } from './ground/errors.ts'
import type { Letter } from './ground/log.ts'
import type { Life } from './life.ts'
import type { Waits } from './waits.ts'

type FromChild = Extract<Letter, { kind: 'child' }>

const AGAIN_MS = 1_000

export class Children {
  /** Steps whose child has been told, in this life, to undo itself. */
  undoing: readonly number[] = []
  /** Steps of which something has to be said to the store before this process may let go. */
  #pending: readonly number[] = []
  readonly #life: Life
  readonly #waits: Waits

  constructor(life: Life, waits: Waits) {
    this.#life = life
    this.#waits = waits
  }

  get busy(): boolean {
    return this.#pending.length > 0
  }

  /** The intent of step `ord` is on its way to the log, and then something has to be said. */
  expect(ord: number): void {
    this.#pending = [...this.#pending, ord]
  }

  /** Starts the child of step `ord`, once. */
  start(ord: number): void {
    const { house, asks, journal, row } = this.#life
    const step = this.#stepAt(ord)
    const child = asks.get(step.name)?.want.child
    if (child === undefined || step.outcome !== undefined || journal.state.direction === 'back') return this.#settle(ord)
    try {
      house.check(child.definition)
      const input = house.encode(child.input, 'the input of child', step.name).text
      this.#insist(ord, () => house.startChild(child.definition, this.#childOf(step), input, { id: row.id, ord }))
    } catch (error) {
      this.#waits.refuse(step, error as Error)
      this.#settle(ord)
    }
  }

  /** Undoes the child of step `ord`: cancels it if it runs, turns it back if it completed. */
  undo(ord: number): void {
    this.undoing = [...this.undoing, ord]
    this.expect(ord)
    if (this.#stepAt(ord).phase === 'undoing') this.compensate(ord)
    else this.#life.journal.record({ kind: 'undo-intent', ord })
  }

  /** Tells a child to undo itself; that it is to be told is durable. */
  compensate(ord: number): void {
    const step = this.#stepAt(ord)
    this.#insist(ord, async () => {
      const left = await this.#life.house.tell(this.#childOf(step), { kind: 'undo', reason: `undone with '${this.#life.row.id}'` })
      // It was undone before, or never began: either way nothing is left of it.
      if (!left && this.#life.live && step.phase !== 'undone') this.#undone(ord)
    })
  }

  /** A child ended, or cannot be undone. */
  heard(letter: FromChild): void {
    const { state } = this.#life.journal
    const step = state.steps[letter.ord]
    if (step === undefined || step.phase === 'undone') return
    const error = (what: string): Error => toError(letter.error ?? toFailure(new Error(`child '${step.name}' ${what}`)))
    if (state.direction === 'back') {
      if (letter.state === 'compensated') return this.#undone(step.ord)
      this.#told(step.ord)
      if (letter.state === 'stuck') this.#life.stick(step.ord, error('cannot be undone'))
    } else if (step.outcome === undefined && letter.state !== 'stuck') {
      if (letter.state === 'completed') this.#waits.fulfil(step, letter.value)
      else this.#waits.refuse(step, error('was undone'))
    }
  }

  /** The parent takes this saga back, though it may have completed. */
  undoMe(reason: string): void {
    const { journal, row, definition } = this.#life
    const { ended, pivoted } = journal.state
    if (row.parent === undefined) return
    if (ended === 'compensated') return this.#tell({ state: 'compensated' })
    if (pivoted) {
      const error = toFailure(new Error(`child saga '${definition.name}' (${row.id}) is past its pivot and cannot be undone; look at it, then resolve this step`))
      return this.#tell({ state: 'stuck', error })
    }
    if (ended === 'completed') journal.record({ kind: 'back', cause: toFailure(new SagaCancelled(reason)) })
    else this.#life.cancel(new SagaCancelled(reason))
  }

  /** Tells the parent how this saga ended. */
  tellParent(state: 'completed' | 'compensated'): void {
    const { outcome, state: { cause } } = this.#life.journal
    this.#tell({ state, ...(state === 'completed' ? { value: outcome as string } : cause === undefined ? {} : { error: cause }) })
  }

  /** This saga has come to the head of the queue for a lock. */
  locked(name: string): void {
    const { journal: { held, state } } = this.#life
    held.push(name)
    const step = state.steps.find((each) => each.type === 'lock' && each.name === name && each.outcome === undefined)
    if (step !== undefined && state.direction === 'forward') this.#waits.fulfil(step)
  }

  /** The store has said whether the lock that step `ord` queued for is held. */
  queued(ord: number): void {
    const { journal: { held, state }, asks } = this.#life
    const step = this.#stepAt(ord)
    this.#settle(ord)
    if (step.outcome !== undefined || state.direction === 'back') return
    if (held.includes(step.name)) this.#waits.fulfil(step)
    else if (asks.get(step.name)?.want.refuse === true) this.#waits.refuse(step, new LockBusy(step.name))
  }

  #stepAt(ord: number): Step {
    return this.#life.journal.state.steps[ord] as Step
  }

  /** A child's id: the same in every life of the parent. */
  #childOf(step: Step): string {
    return `${this.#life.row.id}/${step.name}`
  }

  #tell(letter: Omit<FromChild, 'kind' | 'ord'>): void {
    const { parent } = this.#life.row
    if (parent !== undefined) this.#life.journal.post(parent.id, { kind: 'child', ord: parent.ord, ...letter })
  }

  #undone(ord: number): void {
    this.#told(ord)
    this.#life.journal.record({ kind: 'undone', ord })
    this.#life.pump()
  }

  #told(ord: number): void {
    this.undoing = this.undoing.filter((each) => each !== ord)
  }

  #settle(ord: number): void {
    this.#pending = this.#pending.filter((each) => each !== ord)
    // Now there may be nothing to do here but to let go.
    if (this.#life.live) this.#life.journal.touch()
  }

  /** Says it until the store has heard it: a parent that let go before would wait for ever. */
  #insist(ord: number, say: () => Promise<void>): void {
    const life = this.#life
    if (!this.#pending.includes(ord)) this.expect(ord)
    if (!life.fresh()) return life.stall(() => this.#insist(ord, say))
    say().then(() => this.#settle(ord), (error: unknown) => {
      life.house.events.storeFailed(error)
      life.house.clock.after(AGAIN_MS, () => this.#insist(ord, say))
    })
  }
}
