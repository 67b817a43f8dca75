/**
 * One saga's end of the log: entries are folded at once, written together, and what waits for their commit is called after it.
 * At most one write is under way; a write whose answer was lost is made again as it was, and the store knows it by its epoch and number.
 */
import { EMPTY, reduce, replay, type State } from './core/state.ts'
import type { Entry, Letter } from './ground/log.ts'
import type { Loaded, NewSaga, Patch, SagaRow, Write } from './ground/store.ts'
import type { SagaState } from './ground/types.ts'
import type { Writer } from './committer.ts'
import type { House } from './house.ts'

export interface Journal {
  readonly state: State
  readonly held: ReadonlySet<string>
  /** Adds an entry. `after` is called when it is durable, unless the saga is somebody else's by then. */
  record(entry: Entry, after?: () => void): void
  /** Asks for a write even if there is no entry: a lease to give back. */
  touch(): void
  post(to: string, letter: Letter): void
  emit(topic: string, key: string, value: string): void
  lock(name: string): void
  unlock(): void
  /** Letters up to this number are in the log now. */
  read(number: number): void
  /** The encoded outcome, for the row. */
  result(text: string): void
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
  let state = source.loaded === undefined ? EMPTY : replay(source.loaded.log)
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
  const held = new Set<string>()

  const writer: Writer = {
    draw() {
      if (closed) return undefined
      if (pending !== undefined) {
        if (!pending.again) return undefined
        pending.again = false
        return pending.write
      }
      if (entries.length === 0 && !touched) return undefined
      const shape = hooks.shape()
      const patch: { -readonly [K in keyof Patch]: Patch[K] } = {}
      if (shape.state !== rowState) patch.state = shape.state
      if (shape.release !== undefined) patch.release = shape.release
      if (result !== undefined) patch.result = result
      if (takes > 0 && entries.length > 0) patch.takes = 0
      const changes = Object.keys(patch).length > 0
      touched = false
      if (entries.length === 0 && !changes && create === undefined) return undefined
      const write: Write = { id: row.id, epoch: row.epoch, seq, entries, ...(create === undefined ? {} : { create }), ...(changes ? { patch } : {}), ...extras }
      pending = { write, after, again: false }
      entries = []
      after = []
      extras = {}
      result = undefined
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
      if (write.entries.length > 0) {
        seq += 1
        takes = 0
      }
      if (write.patch?.state !== undefined) {
        rowState = write.patch.state
        hooks.entered(rowState)
      }
      if (answer.state === 'written') for (const name of answer.held ?? []) held.add(name)
      if (write.create !== undefined) {
        create = undefined
        hooks.opened(undefined)
      }
      for (const run of made.after) run()
      if (write.patch?.release !== undefined) return hooks.released()
      if (entries.length > 0 || touched) house.committer.mark(writer)
    },
    failed(error) {
      if (pending === undefined || closed) return
      tries += 1
      pending.again = true
      if (!hooks.retry(error, create !== undefined)) return
      house.clock.after(Math.min(1_000, 10 * 2 ** tries), () => house.committer.mark(writer))
    },
  }

  const mark = (): void => {
    if (!closed) house.committer.mark(writer)
  }
  return {
    get state() {
      return state
    },
    held,
    record(entry, then) {
      if (closed) return
      state = reduce(state, entry)
      entries.push(entry)
      if (then !== undefined) after.push(then)
      mark()
    },
    touch() {
      touched = true
      mark()
    },
    post: (to, letter) => void (extras.post ??= []).push({ to, letter }),
    emit: (topic, key, value) => void (extras.emit ??= []).push({ topic, key, value }),
    lock: (name) => void (extras.lock ??= []).push(name),
    unlock: () => void (extras.unlock = true),
    read: (number) => void (extras.read = number),
    result: (text) => void (result = text),
    close() {
      closed = true
    },
  }
}
