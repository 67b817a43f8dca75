/**
 * One saga's end of the log: entries are folded at once, written together, and what they permit begins after their commit.
 * At most one write is under way; a write whose answer was lost is made again as it was, and the store knows it by its epoch and number.
 */
import { NEVER, type Writer } from './committer.ts'
import { asError } from './core/failure.ts'
import { empty, fold, replay, type State } from './core/state.ts'
import type { OwnEvent } from './events.ts'
import { LeaseLost } from './ground/errors.ts'
import type { Entry, Letter } from './ground/log.ts'
import type { Loaded, NewSaga, Patch, SagaRow, Write, Written } from './ground/store.ts'
import type { Maybe, SagaState } from './ground/types.ts'
import type { House } from './house.ts'

interface Extras {
  post?: { readonly to: string; readonly letter: Letter }[]
  emit?: { readonly topic: string; readonly key: string; readonly value: string }[]
  lock?: string[]
  unlock?: true
  read?: number
}

/** How a saga stands in its row, and whether its lease goes back with the next write. */
export interface Shape {
  readonly state: SagaState
  readonly release?: Patch['release'] | undefined
}

export type Intent = Extract<Entry, { kind: 'intent' }>
export type UndoIntent = Extract<Entry, { kind: 'undo-intent' }>

/** Whose log it is, and what becomes possible as it is written. */
export interface Author {
  readonly house: House
  readonly row: SagaRow
  shape(): Shape
  /** The first write was answered: with the row of an older saga where the id was taken. */
  opened(older: SagaRow | undefined): void
  /** What an intent permits, now that it is durable. */
  proceed(intent: Intent | UndoIntent): void
  /** The lease went back with a write. */
  released(): void
  abandon(reason: Error): void
  /** What reports an event, to be called once it is true; nothing where nobody listens. */
  report(event: OwnEvent): (() => void) | undefined
}

type After = readonly (() => void)[]

const NOTHING: After = []

/** A class, because one is made for each saga: methods are shared, closures would not be. */
export class Journal implements Writer {
  due: number = NEVER
  readonly state: State
  /** Entries that are known to be in the log. */
  durable: number
  /** Locks that the store says this saga holds. */
  readonly held: string[] = []
  /** The encoded outcome, once there is one. */
  outcome: string | undefined
  readonly #life: Author
  #seq: number
  #create: NewSaga | undefined
  #rowState: SagaState
  #takes: number
  #entries: Entry[] = []
  #after: (() => void)[] | undefined
  #extras: Extras | undefined
  #result: string | undefined
  #touched: boolean
  #closed = false
  #tries = 0
  /** The write under way. */
  #made: { readonly write: Write; readonly after: After } | undefined
  #again = false
  /** Messages emitted by this life, by topic. */
  #said: Map<string, number> | undefined
  #quiet: (() => void)[] | undefined
  #transacting = false

  constructor(life: Author, create: NewSaga | undefined, loaded: Loaded | undefined) {
    const { row } = life
    this.#life = life
    this.state = loaded === undefined ? empty() : replay(loaded.log)
    this.durable = this.state.length
    this.outcome = row.result
    this.#seq = loaded?.log.length ?? 0
    this.#create = create
    this.#rowState = row.state
    this.#takes = row.takes
    this.#touched = create !== undefined
  }

  /** Adds an entry. `after` is called when it is durable, unless the saga is somebody else's by then. `more`: the saga's code goes on with it, so more may come. */
  record(entry: Entry, after?: () => void, more?: boolean): void {
    if (this.#closed) return
    fold(this.state, entry)
    this.#entries.push(entry)
    if (after !== undefined) this.#then(after)
    this.#life.house.committer.mark(this, more)
  }

  /** Asks for a write even if there is no entry: a saga to make, a lease to give back. */
  touch(more?: boolean): void {
    this.#touched = true
    if (!this.#closed) this.#life.house.committer.mark(this, more)
  }

  /** Leaves a letter with another saga. */
  post(to: string, letter: Letter): void {
    (this.extras.post ??= []).push({ to, letter })
  }

  /** Leaves a message in the outbox, unless a life before this one did: the same function says the same things in the same order. */
  emit(topic: string, value: string): void {
    const said = (this.#said ??= new Map())
    const nth = (said.get(topic) ?? 0) + 1
    said.set(topic, nth)
    if (this.#closed || this.state.direction === 'back' || nth <= (this.state.emitted[topic] ?? 0)) return
    (this.extras.emit ??= []).push({ topic, key: `${this.#life.row.id}:${topic}:${nth}`, value })
    this.record({ kind: 'emit', topic, nth }, undefined, true)
  }

  /** Joins the queue for a lock. `after` is called when the store has said whether it is held already. */
  lock(name: string, after?: () => void): void {
    (this.extras.lock ??= []).push(name)
    if (after !== undefined) this.#then(after)
  }

  /** What goes with the next record. */
  get extras(): Extras {
    return (this.#extras ??= {})
  }

  /** The encoded outcome, for the row. */
  result(text: string): void {
    this.outcome = this.#result = text
  }

  /** Writes nothing more. */
  close(): void {
    this.#closed = true
  }

  draw(): Write | undefined {
    if (this.#closed) return undefined
    if (this.#made !== undefined) {
      if (!this.#again) return undefined
      this.#again = false
      return this.#made.write
    }
    if (this.#transacting || (this.#entries.length === 0 && !this.#touched)) return undefined
    const write = this.#assemble()
    if (write !== undefined) this.#made = { write, after: this.#take() }
    return write
  }

  drawn(answer: Written): void {
    const made = this.#made
    if (made === undefined) return
    const retried = this.#tries > 0
    this.#made = undefined
    this.#tries = 0
    if (this.#closed) return
    const life = this.#life
    if (answer.state === 'fenced') return life.abandon(new LeaseLost())
    // A row that is ours, found by a write that was made again, is the one that the lost answer was about.
    if (answer.state === 'exists' && !(retried && answer.row.owner === life.house.owner && answer.row.epoch === life.row.epoch)) return life.opened(answer.row)
    this.#written(made.write, made.after, answer.state === 'written' ? answer.held : undefined)
  }

  failed(error: unknown): void {
    const { house } = this.#life
    if (this.#made === undefined || this.#closed) return
    this.#tries += 1
    this.#again = true
    house.events.storeFailed(error)
    // Whether the saga exists is not known; its caller is told, and may ask again with the same id.
    if (this.#create !== undefined) return this.#life.abandon(asError(error))
    house.clock.after(Math.min(1_000, 10 * 2 ** this.#tries), () => house.committer.mark(this))
  }

  /** Makes an entry in one transaction with `work`, together with whatever was waiting to be written. */
  async transact<T>(work: (tx: unknown) => Maybe<T>, entryOf: (value: T) => Entry): Promise<T> {
    const life = this.#life
    while (this.#made !== undefined || this.#transacting) await new Promise<void>((resume) => void (this.#quiet ??= []).push(resume))
    const { store } = life.house
    if (this.#closed || store.transact === undefined) throw new LeaseLost()
    this.#transacting = true
    let made: { readonly write: Write; readonly after: After } | undefined
    try {
      const { written, value } = await store.transact((result) => {
        const entry = entryOf(result as never)
        fold(this.state, entry)
        this.#entries.push(entry)
        made = { write: this.#assemble() as Write, after: this.#take() }
        return made.write
      }, work)
      this.#transacting = false
      if (this.#closed || made === undefined) throw new LeaseLost()
      if (written.state !== 'written') {
        life.abandon(new LeaseLost())
        throw new LeaseLost()
      }
      this.#written(made.write, made.after, written.held)
      return value as never
    } catch (error) {
      this.#transacting = false
      // The transaction was complete when it failed: whether it was made is not known, so the next life reads the log.
      if (made !== undefined && !this.#closed) life.abandon(new LeaseLost())
      else if (!this.#closed) life.house.committer.mark(this)
      this.#hush()
      throw made === undefined ? error : new LeaseLost()
    }
  }

  #then(after: () => void): void {
    (this.#after ??= []).push(after)
  }

  #take(): After {
    const after = this.#after ?? NOTHING
    this.#after = undefined
    return after
  }

  /** The next write, if there is anything to say. */
  #assemble(): Write | undefined {
    const { row } = this.#life
    const shape = this.#life.shape()
    const entries = this.#entries
    const create = this.#create
    const patch = this.#patch(shape)
    const extras = this.#extras
    this.#touched = false
    if (entries.length === 0 && patch === undefined && create === undefined && extras?.lock === undefined && extras?.post === undefined) return undefined
    const write: Write = { id: row.id, epoch: row.epoch, seq: this.#seq, entries, create, patch }
    if (extras !== undefined) Object.assign(write, extras)
    this.#entries = []
    this.#extras = this.#result = undefined
    return write
  }

  /** What changes in the row, if anything does. */
  #patch({ state, release }: Shape): Patch | undefined {
    const result = this.#result
    const takes = this.#takes > 0 && this.#entries.length > 0 ? 0 : undefined
    if (state === this.#rowState && release === undefined && result === undefined && takes === undefined) return undefined
    return { state: state === this.#rowState ? undefined : state, result, takes, release }
  }

  #written({ entries, patch, create, emit }: Write, after: After, held: readonly string[] | undefined): void {
    const life = this.#life
    if (entries.length > 0) {
      this.#seq += 1
      this.durable += entries.length
      this.#takes = 0
    }
    if (patch?.state !== undefined) {
      this.#rowState = patch.state
      if (patch.state === 'waiting') life.report({ type: 'waiting' })?.()
    }
    if (held !== undefined) this.held.push(...held)
    if (create !== undefined) {
      this.#create = undefined
      life.opened(undefined)
    }
    if (emit !== undefined) life.house.relay()
    // Recorded while this write was under way. What follows now marks itself.
    if (patch?.release === undefined && (this.#entries.length > 0 || this.#touched)) life.house.committer.mark(this)
    for (const run of after) run()
    for (const entry of entries) if (entry.kind === 'intent' || entry.kind === 'undo-intent') life.proceed(entry)
    if (patch?.release !== undefined) life.released()
    this.#hush()
  }

  #hush(): void {
    if (this.#quiet !== undefined) for (const resume of this.#quiet.splice(0)) resume()
  }
}
