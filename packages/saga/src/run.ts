/**
 * One life of one saga in this process: the function on one side, its journal on the other.
 * What an entry permits (an action, an answer to the outside) happens after its commit, but the function is told a step's outcome before:
 * code between steps has no effects. So `done` of one step and `intent` of the next are one commit, and N steps cost N+1.
 */
import { Ask, Asks, type Hearer, type Want } from './asks.ts'
import { Children } from './children.ts'
import { Course } from './course.ts'
import { Effects } from './effects.ts'
import type { OwnEvent } from './events.ts'
import { LeaseLost, PoisonSaga } from './ground/errors.ts'
import type { Mail } from './ground/log.ts'
import type { Loaded, NewSaga, SagaRow } from './ground/store.ts'
import type { Timer } from './ground/types.ts'
import type { House, Leaving } from './house.ts'
import { Journal, type Intent, type Shape, type UndoIntent } from './journal.ts'
import { takeEffect } from './letters.ts'
import type { Life } from './life.ts'
import type { SagaDefinition } from './saga.ts'
import { createScope } from './scope.ts'
import { shapeOf } from './shape.ts'
import { Waits } from './waits.ts'

export interface RunOptions {
  readonly definition: SagaDefinition
  readonly row: SagaRow
  /** When its lease began at the latest, by the monotonic clock. */
  readonly heldSince: number
  /** Present for a saga that the store does not have yet. */
  readonly create?: NewSaga
  readonly loaded?: Loaded
  /** The input, decoded. */
  readonly input: unknown
  left(run: Run, how: Leaving): void
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] }

const NEVER = new Promise<never>(() => {})

/** A class, because one is made for each saga: methods are shared, closures would not be. */
export class Run implements Life, Hearer {
  readonly house: House
  readonly definition: SagaDefinition
  readonly row: SagaRow
  readonly input: unknown
  readonly journal: Journal
  readonly asks: Asks
  live = true
  /** The store has it: before its first commit there is no lease to keep. */
  stored: boolean
  /** Letters that came with it. */
  readonly #mail: readonly Mail[]
  readonly #left: RunOptions['left']
  readonly #effects: Effects
  readonly #waits: Waits
  readonly #children: Children
  readonly #course: Course
  /** Who waits for the first commit. */
  #opening: PromiseWithResolvers<SagaRow | undefined> | undefined
  /** Asked for before the log had been caught up with. */
  #early: Ask[] | undefined
  #stalled: (() => void)[] | undefined
  #draining = false
  #confirmedAt: number
  #replayTimer: Timer | undefined
  #readUpTo = 0

  constructor(house: House, { definition, row, heldSince, create, loaded, input, left }: RunOptions) {
    this.house = house
    this.definition = definition
    this.row = row
    this.#mail = loaded?.mail ?? []
    this.input = input
    this.#left = left
    this.stored = create === undefined
    this.#confirmedAt = heldSince
    this.journal = new Journal(this, create, loaded)
    this.asks = new Asks(this.journal.state, house.codec, this)
    this.#effects = new Effects(this)
    this.#waits = new Waits(this, this.#effects)
    this.#children = new Children(this, this.#waits)
    this.#course = new Course(this, this.#effects, this.#children)
  }

  /** Settles with the first commit: undefined when it was made, the row of the older saga when the id was taken. Rejects if this life ended before. */
  whenOpened(): Promise<SagaRow | undefined> {
    if (this.stored) return Promise.resolve(undefined)
    return (this.#opening ??= Promise.withResolvers()).promise
  }

  /** Begins, or goes on from the log. */
  begin(): void {
    const { house, row, journal } = this
    const { state } = journal
    if (row.takes > house.maxTakes) return this.stick(undefined, new PoisonSaga(row.takes))
    if (this.#mail.length > 0) this.deliver(this.#mail)
    if (state.stuck !== undefined || state.ended !== undefined) return journal.touch()
    if (row.deadlineAt !== undefined) this.arm(row.deadlineAt)
    if (this.asks.caughtUp) journal.touch(true)
    else this.#replayTimer = house.clock.after(house.replayMs, () => this.#course.changed())
    void this.#runFunction()
  }

  async #runFunction(): Promise<void> {
    const { house, definition } = this
    try {
      const output = await definition.run(createScope(this), this.input)
      this.#course.finish({ value: house.encode(output, 'the output of saga', definition.name).text })
    } catch (error) {
      this.#course.finish({ error })
    }
  }

  deliver(mail: readonly Mail[]): void {
    const { journal } = this
    for (const { number, letter } of mail) {
      // One that was read before has been heard.
      if (number <= this.#readUpTo || !this.live) continue
      this.#readUpTo = journal.extras.read = number
      takeEffect(letter, this, this.#waits, this.#children)
      journal.touch()
    }
    this.pump()
  }

  /** The lease was confirmed at this monotonic time. */
  confirm(at: number): void {
    this.#confirmedAt = at
    if (this.house.fresh(at)) for (const begin of this.#stalled?.splice(0) ?? []) begin()
  }

  /** Begins nothing more; resolves when what is running has settled. */
  async drain(): Promise<void> {
    this.#draining = true
    await this.#effects.idle()
  }

  fresh(): boolean {
    return this.live && !this.#draining && this.house.fresh(this.#confirmedAt)
  }

  stall(begin: () => void): void {
    if (this.live && !this.#draining) (this.#stalled ??= []).push(begin)
  }

  report(event: OwnEvent): (() => void) | undefined {
    const { house: { events }, definition, row } = this
    return events.watched ? () => events.emit({ saga: definition.name, id: row.id, ...event }) : undefined
  }

  /** What the function asks for. */
  ask(want: Want): Promise<unknown> {
    if (!this.live) return NEVER
    const { asks } = this
    const asked = new Ask(want)
    const problem = asks.refusal(want, this.journal.state.pivoted, this.house.maxSteps)
    if (problem !== undefined) asked.reject(problem)
    else {
      const behind = !asks.caughtUp
      asks.add(asked)
      if (!behind) this.#open(asked)
      else if (!asks.recorded(want.name)) (this.#early ??= []).push(asked)
    }
    return asked.promise
  }

  proceed(entry: Intent | UndoIntent): void {
    const { ord } = entry
    if (entry.kind === 'intent') {
      if (entry.until !== undefined) this.arm(entry.until)
      this.#act(entry.type ?? 'step', ord)
    }
    else (this.journal.state.steps[ord]?.type === 'child' ? this.#children : this.#effects).compensate(ord)
  }

  arm(until: number): void {
    this.#waits.arm(until)
  }

  shape(): Shape {
    return shapeOf(this, this.#effects.busy > 0 || this.#children.busy, this.#course.finished !== undefined)
  }

  opened(older: SagaRow | undefined): void {
    this.stored = older === undefined
    if (older !== undefined) this.#leave('lost')
    else this.report({ type: 'started', ...(this.row.trace === undefined ? {} : { trace: this.row.trace }) })?.()
    this.#opening?.resolve(older)
    this.#opening = undefined
  }

  released(): void {
    const { ended, stuck } = this.journal.state
    this.#leave(ended !== undefined ? 'ended' : stuck !== undefined ? 'stuck' : 'parked')
  }

  pump(): void {
    this.#course.pump()
  }

  cancel(error: Error): void {
    this.#course.cancel(error)
  }

  stick(ord: number | undefined, error: Error): void {
    this.#course.stick(ord, error)
  }

  /** Somebody else has the saga, or this process must let go: nothing more is written. */
  abandon(reason: Error): void {
    if (!this.live) return
    if (reason instanceof LeaseLost) this.report({ type: 'lease-lost' })?.()
    this.#leave('lost')
    // Whoever started it still waits to hear that it is durable.
    this.#opening?.resolve(this.#olderThan(reason))
    this.#effects.stop(reason)
  }

  /** Taken by another life before the answer to the first commit came: so the saga is there. */
  async #olderThan(reason: Error): Promise<SagaRow> {
    const taken = reason instanceof LeaseLost ? await this.house.store.read(this.row.id) : undefined
    if (taken === undefined) throw reason
    return taken.row
  }

  /** A name that the log does not have yet. */
  #open({ want: { name, type, ms, options, pivot } }: Ask): void {
    const { journal } = this
    const { steps: { length: ord }, direction } = journal.state
    if (direction === 'back' || this.#course.finished !== undefined || !this.live) return
    const undo = options?.undo !== undefined || type === 'child'
    const intent: Mutable<Intent> = undo ? { kind: 'intent', ord, name, undo } : { kind: 'intent', ord, name }
    if (type !== 'step') intent.type = type
    if (pivot === true) intent.pivot = true
    if (ms !== undefined) intent.until = this.house.storeTime.latest() + ms
    if (type === 'lock') journal.lock(name)
    if (type === 'lock' || type === 'child') this.#children.expect(ord)
    journal.record(intent)
    if (type === 'signal') this.#waits.heed(name)
  }

  #act(type: NonNullable<Intent['type']>, ord: number): void {
    if (type === 'step' || type === 'tx') this.#effects.perform(ord)
    if (type === 'child') this.#children.start(ord)
    if (type === 'lock') this.#children.queued(ord)
  }

  mismatch(): void {
    this.#course.changed()
  }

  caughtUp(): void {
    const { journal } = this
    const { state } = journal
    this.#replayTimer?.cancel()
    if (!this.live) return
    if (state.direction === 'forward') {
      for (const { ord, name, type, outcome, until } of state.steps) {
        if (outcome !== undefined) continue
        if (until !== undefined) this.arm(until)
        if (type === 'signal') this.#waits.heed(name)
        // Whether the place in the queue has become the lock meanwhile, the store knows.
        if (type === 'lock') {
          this.#children.expect(ord)
          journal.lock(name, () => this.#children.queued(ord))
        } else if (until === undefined) this.#act(type, ord)
      }
      for (const asked of this.#early?.splice(0) ?? []) this.#open(asked)
    }
    // Nothing may be left to write, but there may be a lease to give back while it waits.
    journal.touch()
    this.pump()
  }

  #leave(how: Leaving): void {
    if (!this.live) return
    this.live = false
    this.journal.close()
    this.#waits.stop()
    this.#replayTimer?.cancel()
    this.#left(this, how)
  }
}

