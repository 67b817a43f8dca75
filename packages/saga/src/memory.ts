/** A store in memory: for tests, for sagas that need not survive the process, and as the model that the durable stores are compared with. */
import { newRow } from './core/row.ts'
import { systemClock } from './ground/clock.ts'
import type { Letter, LogRecord, Mail } from './ground/log.ts'
import type { Emitted, ListQuery, Loaded, Patch, SagaRow, Store, TakeOptions, Taken, Write, Written } from './ground/store.ts'
import type { Clock } from './ground/types.ts'

interface Kept {
  /** Changed in place; what leaves the store is a copy. */
  readonly row: { -readonly [K in keyof SagaRow]: SagaRow[K] }
  readonly log: LogRecord[]
  mail: readonly Mail[]
  letters: number
}

const NO_MAIL: readonly Mail[] = []
const WRITTEN: Written = { state: 'written' }
const FENCED: Written = { state: 'fenced' }

/** Keeps every saga until the process ends, or until `forget` is called. `clock`: whose `now` is the store's time. */
export function memoryStore(options: { readonly clock?: Pick<Clock, 'now'> } = {}): Store & { forget(id: string): boolean } {
  const clock = options.clock ?? systemClock
  const sagas = new Map<string, Kept>()
  // Those that will be taken some day; the finished, however many, cost nothing.
  const live = new Map<string, Kept>()
  const locks = new Map<string, string[]>()
  const outbox: (Emitted & { leasedUntil: number })[] = []
  let emitted = 0

  function wake(kept: Kept, at: number | undefined): void {
    const { row } = kept
    row.wakeAt = at
    if (at === undefined) live.delete(row.id)
    else live.set(row.id, kept)
  }

  function commit(write: Write, now: number): Written {
    const { id, entries, create, patch } = write
    let kept = sagas.get(id)
    if (create !== undefined) {
      if (kept !== undefined) return { state: 'exists', row: { ...kept.row } }
      kept = { row: newRow(id, create, now), log: [], mail: NO_MAIL, letters: 0 }
      sagas.set(id, kept)
      live.set(id, kept)
    }
    if (kept === undefined || kept.row.epoch !== write.epoch) return FENCED
    if (entries.length > 0) {
      if (kept.log.length > write.seq) return WRITTEN
      kept.log.push({ seq: write.seq, at: now, entries: entries.slice() })
    }
    if (write.read !== undefined) kept.mail = kept.mail.filter((mail) => mail.number > (write.read as number))
    if (write.post !== undefined) for (const { to, letter } of write.post) post(to, letter)
    if (write.emit !== undefined) for (const message of write.emit) outbox.push({ number: ++emitted, saga: id, ...message, leasedUntil: 0 })
    if (write.unlock) unlock(id)
    if (patch !== undefined) change(kept, patch, now)
    return write.lock === undefined ? WRITTEN : { state: 'written', held: write.lock.filter((name) => queue(name, id)) }
  }

  function change(kept: Kept, { state, result, takes, release }: Patch, now: number): void {
    const { row } = kept
    row.updatedAt = now
    if (state !== undefined) row.state = state
    if (result !== undefined) row.result = result
    if (takes !== undefined) row.takes = takes
    if ((state === 'completed' || state === 'compensated') && kept.mail.length > 0) kept.mail = kept.mail.filter((mail) => mail.letter.kind === 'undo')
    if (release === undefined) return
    row.owner = undefined
    wake(kept, kept.mail.length > 0 ? now : release.wakeAt)
  }

  /** Whether `id`, now in the queue, is at its head. */
  function queue(name: string, id: string): boolean {
    const line = locks.get(name) ?? []
    locks.set(name, line)
    if (!line.includes(id)) line.push(id)
    return line[0] === id
  }

  function unlock(id: string): void {
    for (const [name, line] of locks) {
      const place = line.indexOf(id)
      if (place < 0) continue
      line.splice(place, 1)
      if (line.length === 0) locks.delete(name)
      else if (place === 0) post(line[0] as string, { kind: 'lock', name })
    }
  }

  function post(to: string, letter: Letter): boolean {
    const kept = sagas.get(to)
    if (kept === undefined) return false
    const { state } = kept.row
    if (state === 'compensated' || (state === 'completed' && letter.kind !== 'undo')) return false
    kept.mail = [...kept.mail, { saga: to, number: ++kept.letters, letter }]
    if (kept.row.owner === undefined) wake(kept, clock.now())
    return true
  }

  function take({ names, owner, leaseMs, limit, gone = [], ids }: TakeOptions): Taken {
    const now = clock.now()
    const mine = [...live.values()].filter(({ row }) => names.includes(row.name))
    const due = ids !== undefined ? ids.flatMap((id) => sagas.get(id) ?? []) : mine.filter(({ row }) => (row.wakeAt as number) <= now || (row.owner !== undefined && gone.includes(row.owner)))
      .sort((a, b) => (a.row.wakeAt as number) - (b.row.wakeAt as number)).slice(0, limit)
    const taken = due.map((kept): Loaded => {
      const { row } = kept
      const from = row.owner
      row.epoch += 1
      row.takes += 1
      row.owner = owner
      wake(kept, now + leaseMs)
      return { ...copyOf(kept), from }
    })
    const nextAt = mine.reduce((least, kept) => (kept.row.owner === owner ? least : Math.min(least, kept.row.wakeAt as number)), Infinity)
    return { sagas: taken, now, nextMs: nextAt === Infinity ? undefined : Math.max(0, nextAt - now) }
  }

  return {
    gather: 'microtask',
    lanes: 1,
    commit(writes) {
      const now = clock.now()
      return writes.map((write) => commit(write, now))
    },
    take,
    beat(owner, held, leaseMs) {
      return held.flatMap(({ id, epoch }) => {
        const kept = sagas.get(id)
        if (kept === undefined || kept.row.epoch !== epoch || kept.row.owner !== owner) return [id]
        wake(kept, clock.now() + leaseMs)
        return []
      })
    },
    mail: (owner) => [...live.values()].filter((kept) => kept.mail.length > 0 && kept.row.owner === owner).flatMap((kept) => kept.mail),
    post,
    read(id) {
      const kept = sagas.get(id)
      return kept && copyOf(kept)
    },
    list: ({ state, name, after = '', limit }: ListQuery) => [...sagas.values()].map((kept) => ({ ...kept.row }))
      .filter((row) => row.id > after && (state === undefined || row.state === state) && (name === undefined || row.name === name))
      .sort((a, b) => (a.id < b.id ? -1 : 1)).slice(0, limit),
    owners: () => [...new Set([...live.values()].flatMap(({ row }) => row.owner ?? []))],
    outbox({ leaseMs, limit }) {
      const now = clock.now()
      const busy = new Set(outbox.filter((message) => message.leasedUntil > now).map((message) => message.saga))
      const free = outbox.filter((message) => !busy.has(message.saga)).slice(0, limit)
      for (const message of free) message.leasedUntil = now + leaseMs
      return free
    },
    sent(numbers) {
      for (const number of numbers) {
        const place = outbox.findIndex((message) => message.number === number)
        if (place >= 0) outbox.splice(place, 1)
      }
    },
    adopt({ row, log, mail }, wanted) {
      if (sagas.has(row.id)) return false
      const kept: Kept = { row: { ...row }, log: [...log], mail: [...mail], letters: mail.at(-1)?.number ?? 0 }
      sagas.set(row.id, kept)
      wake(kept, row.wakeAt)
      for (const name of wanted) queue(name, row.id)
      return true
    },
    /** Forgets a saga that has ended. */
    forget(id) {
      const state = sagas.get(id)?.row.state
      return (state === 'completed' || state === 'compensated') && sagas.delete(id)
    },
  }
}

const copyOf = ({ row, log, mail }: Kept): Loaded => ({ row: { ...row }, log: [...log], mail })
