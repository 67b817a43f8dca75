/**
 * One saga's end of the log: entries are folded at once, written together, and what waits for their commit is called after it.
 * At most one write is under way; a write whose answer was lost is made again as it was, and the store knows it by its epoch and number.
 */
import { EMPTY, reduce, replay, type State } from './core/state.ts'
import { LeaseLost } from './ground/errors.ts'
import type { Entry, Letter } from './ground/log.ts'
import type { Loaded, NewSaga, Patch, SagaRow, Write } from './ground/store.ts'
import type { Maybe, SagaState } from './ground/types.ts'
import type { Writer } from './committer.ts'
import type { House } from './house.ts'

export interface Journal {
  readonly state: State
  /** Locks that the store says this saga holds. */
  readonly held: Set<string>
  /** The encoded outcome, once there is one. */
  readonly outcome: string | undefined
  /** Adds an entry. `after` is called when it is durable, unless the saga is somebody else's by then. */
  record(entry: Entry, after?: () => void): void
  /** Asks for a write even if there is no entry: a lease to give back. */
  touch(): void
  post(to: string, letter: Letter): void
  /** Leaves a message in the outbox, unless a life before this one did: the same function says the same things in the same order. */
  emit(topic: string, message: string): void
  /** Joins the queue for a lock. `after` is called when the store has said whether it is held already. */
  lock(name: string, after?: () => void): void
  unlock(): void
  /** Letters up to this number are in the log now. */
  read(number: number): void
  /** The encoded outcome, for the row. */
  result(text: string): void
  /** Makes an entry in one transaction with `work`, together with whatever was waiting to be written. */
  transact<T>(work: (tx: unknown) => Maybe<T>, entryOf: (value: T) => Entry): Promise<T>
  /** Writes nothing more. */
  close(): void
}

export interface JournalHooks {
  /** The row's state, and whether the lease goes back with this write. */
  shape(): { readonly state: SagaState; readonly release?: Patch['release'] | undefined }
  /** The first write was answered. */
  opened(older: SagaRow | undefined): void
  /** The row's state changed. */
  entered(state: SagaState): void
  /** The lease went back with a write. */
  released(): void
  fenced(): void
  /** The store failed, perhaps before the saga was ever in it (`creating`). True: try again. */
  retry(error: unknown, creating: boolean): boolean
}

export function createJournal(house: House, row: SagaRow, source: { create?: NewSaga | undefined; loaded?: Loaded | undefined }, hooks: JournalHooks): Journal {
  let seq = source.loaded?.log.length ?? 0
  let create = source.create
  let rowState = row.state
  let takes = row.takes
  let entries: Entry[] = []
  let after: (() => void)[] = []
  let extras: { post?: { to: string; letter: Letter }[]; emit?: { topic: string; key: string; value: string }[]; lock?: string[]; unlock?: true; read?: number } = {}
  let result: string | undefined
  let touched = create !== undefined
  let closed = false
  let tries = 0
  let pending: { readonly write: Write; readonly after: readonly (() => void)[]; again: boolean } | undefined
  const locks = new Set<string>()
  // Messages emitted by this life, by topic.
  const said = new Map<string, number>()
  const quiet: (() => void)[] = []
  let transacting = false

  const writer: Writer = {
    draw() {
      if (closed) return undefined
      if (pending !== undefined) {
        if (!pending.again) return undefined
        pending.again = false
        return pending.write
      }
      if (transacting || (entries.length === 0 && !touched)) return undefined
      const write = assemble()
      if (write !== undefined) pending = { write, after: take(), again: false }
      return write
    },
    drawn(answer) {
      const made = pending
      if (made === undefined) return
      const { write } = made
      pending = undefined
      const retried = tries > 0
      tries = 0
      if (closed) return
      if (answer.state === 'fenced') return hooks.fenced()
      // A row that is ours, found by a write that was made again, is the one that the lost answer was about.
      if (answer.state === 'exists' && !(retried && answer.row.owner === house.owner && answer.row.epoch === row.epoch)) return hooks.opened(answer.row)
      written(write, made.after, answer.state === 'written' ? answer.held : undefined)
    },
    failed(error) {
      if (pending === undefined || closed) return
      tries += 1
      pending.again = true
      if (!hooks.retry(error, create !== undefined)) return
      house.clock.after(Math.min(1_000, 10 * 2 ** tries), () => house.committer.mark(writer))
    },
  }

  /** The next write, if there is anything to say. */
  function assemble(): Write | undefined {
    const shape = hooks.shape()
    const patch: { -readonly [K in keyof Patch]: Patch[K] } = {}
    if (shape.state !== rowState) patch.state = shape.state
    if (shape.release !== undefined) patch.release = shape.release
    if (result !== undefined) patch.result = result
    if (takes > 0 && entries.length > 0) patch.takes = 0
    const changes = Object.keys(patch).length > 0
    touched = false
    if (entries.length === 0 && !changes && create === undefined && extras.lock === undefined && extras.post === undefined) return undefined
    const write: Write = { id: row.id, epoch: row.epoch, seq, entries, ...(create === undefined ? {} : { create }), ...(changes ? { patch } : {}), ...extras }
    entries = []
    extras = {}
    result = undefined
    return write
  }

  function take(): (() => void)[] {
    const taken = after
    after = []
    return taken
  }

  function written(write: Write, then: readonly (() => void)[], held: readonly string[] = []): void {
    if (write.entries.length > 0) {
      seq += 1
      takes = 0
    }
    if (write.patch?.state !== undefined) {
      rowState = write.patch.state
      hooks.entered(rowState)
    }
    for (const name of held) locks.add(name)
    if (write.create !== undefined) {
      create = undefined
      hooks.opened(undefined)
    }
    if (write.emit !== undefined) house.relay()
    for (const run of then) run()
    if (write.patch?.release !== undefined) hooks.released()
    else if (entries.length > 0 || touched) house.committer.mark(writer)
    for (const resume of quiet.splice(0)) resume()
  }

  /** Waits until no write is under way. */
  async function still(): Promise<void> {
    while (pending !== undefined || transacting) await new Promise<void>((resume) => void quiet.push(resume))
  }

  function record(entry: Entry, then?: () => void): void {
    if (closed) return
    journal.state = reduce(journal.state, entry)
    entries.push(entry)
    if (then !== undefined) after.push(then)
    mark()
  }

  const mark = (): void => {
    if (!closed) house.committer.mark(writer)
  }
  // Plain fields, not getters: a literal with a getter has a hidden class of its own, which only a full collection frees.
  const journal: { -readonly [K in keyof Journal]: Journal[K] } = {
    state: source.loaded === undefined ? EMPTY : replay(source.loaded.log),
    held: locks,
    outcome: row.result,
    record,
    touch() {
      touched = true
      mark()
    },
    post: (to, letter) => void (extras.post ??= []).push({ to, letter }),
    emit(topic, message) {
      const nth = (said.get(topic) ?? 0) + 1
      said.set(topic, nth)
      if (closed || journal.state.direction === 'back' || nth <= (journal.state.emitted[topic] ?? 0)) return
      (extras.emit ??= []).push({ topic, key: `${row.id}:${topic}:${nth}`, value: message })
      record({ kind: 'emit', topic, nth })
    },
    lock(name, then) {
      (extras.lock ??= []).push(name)
      if (then !== undefined) after.push(then)
    },
    unlock: () => void (extras.unlock = true),
    read: (number) => void (extras.read = number),
    result: (text) => void (journal.outcome = result = text),
    async transact(work, entryOf) {
      await still()
      if (closed || house.store.transact === undefined) throw new LeaseLost()
      transacting = true
      let made: { readonly write: Write; readonly after: readonly (() => void)[] } | undefined
      try {
        const { written: answer, value } = await house.store.transact((result) => {
          const entry = entryOf(result as never)
          journal.state = reduce(journal.state, entry)
          entries.push(entry)
          made = { write: assemble() as Write, after: take() }
          return made.write
        }, work)
        transacting = false
        if (closed) throw new LeaseLost()
        if (answer.state !== 'written') {
          hooks.fenced()
          throw new LeaseLost()
        }
        const { write, after: then } = made as NonNullable<typeof made>
        written(write, then, answer.held)
        return value as never
      } catch (error) {
        transacting = false
        // The transaction was complete when it failed: whether it was made is not known, so the next life reads the log.
        if (made !== undefined && !closed) hooks.fenced()
        else if (!closed) mark()
        for (const resume of quiet.splice(0)) resume()
        throw made === undefined ? error : new LeaseLost()
      }
    },
    close() {
      closed = true
    },
  }
  return journal
}
