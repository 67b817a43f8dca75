/** The engine: starts sagas, holds them while they run, takes over those of lives that ended, answers questions. */
import { monotonicFactory } from 'ulid'
import { mismatchesOf, type Mismatch } from './check.ts'
import { createCommitter, writeOnce } from './committer.ts'
import { canonical } from './core/codec.ts'
import { bounded } from './core/payload.ts'
import { newRow } from './core/row.ts'
import { createEmitter, type Listener } from './events.ts'
import { FRESH_SHARE } from './ground/defaults.ts'
import { EngineClosed, IdConflict, LeaseLost, NoSuchSaga, StoreError } from './ground/errors.ts'
import type { Letter } from './ground/log.ts'
import { known, nonEmpty, number } from './ground/options.ts'
import type { Held, NewSaga, Parent, SagaRow, Written } from './ground/store.ts'
import type { House, Leaving } from './house.ts'
import { createKeeper } from './keeper.ts'
import { within } from './patience.ts'
import { createRelay } from './relay.ts'
import { createResults } from './results.ts'
import { Run } from './run.ts'
import type { SagaDefinition } from './saga.ts'
import { createStoreTime } from './store-time.ts'
import { settle, type EngineOptions, type ListOptions, type StartOptions, type WaitOptions } from './settings.ts'
import { timelineOf } from './timeline.ts'
import { summarise, viewOf, type SagaSummary, type SagaView } from './view.ts'

/** Rows that are listed at a time. */
const PAGE = 100

export interface Handle<Output> {
  readonly id: string
  /** The output; rejects with `SagaFailed` when the saga was undone or is stuck. */
  result(options?: WaitOptions): Promise<Output>
}

export interface Engine extends AsyncDisposable {
  /** Starts a saga once per id; durable when it resolves. @throws IdConflict if the id stands for another request, PayloadError if the input does not fit */
  start<Input, Output>(definition: SagaDefinition<Input, Output>, input: Input, options?: StartOptions): Promise<Handle<Output>>
  /** A saga's result, whoever started it. */
  result(id: string, options?: WaitOptions): Promise<unknown>
  get(id: string): Promise<SagaView | undefined>
  /** The saga's log as a person reads it; undefined if there is no such saga. */
  timeline(id: string): Promise<string | undefined>
  /** In the order of the bytes of their ids. */
  list(options?: ListOptions): AsyncIterable<SagaSummary>
  /** Turns a saga back. Durable when it resolves; false if it had ended before. Compensation runs to its end whatever happens. */
  cancel(id: string, reason?: string): Promise<boolean>
  /** Gives a saga what it waits for, or will. Durable when it resolves; false if it had ended before. */
  signal(id: string, name: string, value?: unknown): Promise<boolean>
  /** Lets a stuck saga try again. */
  retry(id: string): Promise<void>
  /** Says that a person settled a stuck saga's undo of `step`. */
  resolve(id: string, step: string, note: string): Promise<void>
  /** Takes over what lives that have ended left behind, and says how many sagas that were since this was last asked. Also done at the start and with each poll. */
  recover(): Promise<number>
  /** Which live sagas would be parked if these definitions (default: this engine's) were deployed. Runs and writes nothing. */
  check(definitions?: readonly SagaDefinition<never, unknown>[]): Promise<readonly Mismatch[]>
  onEvent(listener: Listener): Disposable
  /** Sagas in memory now. */
  readonly held: number
  /** Lets running actions finish (`closeMs`), and gives every lease back. */
  close(): Promise<void>
}

/** @throws TypeError or RangeError if an option is wrong */
export function createEngine(options: EngineOptions): Engine {
  const settings = settle(options)
  const { definitions, clock, random, leaseMs, maxHeld, closeMs, codec } = settings
  const { store, owner: name } = options
  const ulid = monotonicFactory(random)
  const newId = (): string => ulid(Math.floor(clock.now()))
  const owner = `${name ?? store.label ?? 'engine'}/${newId()}`
  const events = createEmitter(options.logger)
  const runs = new Map<string, Run>()
  let recovered = 0
  let asking: Promise<void> | undefined
  let closed: Promise<void> | undefined

  const house: House = {
    ...settings, store, events, owner, startChild, tell, check,
    relay: () => relay?.hint(),
    encode: bounded(codec, settings.maxPayloadBytes),
    committer: createCommitter(store, (answer) => house.within(answer)),
    within: (answer) => within(clock, leaseMs, answer),
    storeTime: createStoreTime(clock, () => keeper.hint()),
    fresh: (confirmedAt) => clock.monotonic() - confirmedAt < leaseMs * FRESH_SHARE,
  }
  const results = createResults(store, codec, (id) => runs.has(id))
  const keeper = createKeeper(house, {
    names: [...definitions.keys()],
    held: () => [...runs.values()].filter((run) => run.stored).map(heldOf),
    room: () => maxHeld - runs.size,
    kept(at, held, lost) {
      for (const { id, epoch } of held) {
        const run = runs.get(id)
        if (run?.row.epoch !== epoch) continue
        if (lost.includes(id)) run.abandon(new LeaseLost())
        else run.confirm(at)
      }
    },
    mail: (mail) => {
      for (const [id, letters] of Map.groupBy(mail, (each) => each.saga)) runs.get(id)?.deliver(letters)
    },
    taken(heldSince, sagas) {
      for (const loaded of sagas) {
        const { row, from, log } = loaded
        if (from !== undefined) recovered += 1
        if (events.watched && from !== undefined) events.emit({ type: 'recovered', saga: row.name, id: row.id, steps: log.length, epoch: row.epoch, trace: row.trace })
        runs.get(row.id)?.abandon(new LeaseLost())
        hold(new Run(house, { definition: definitions.get(row.name) as SagaDefinition, row, loaded, heldSince, left, input: codec.decode(row.input) }))
      }
    },
    look: results.look,
    isGone: (other) => (name !== undefined && other.startsWith(`${name}/`)) || (store.isGone?.(other) ?? false),
  })
  const relay = options.relay === undefined || store.outbox === undefined ? undefined : createRelay(house, options.relay)
  const ready = keeper.turn()
  const hints = store.hints?.(keeper.hint)

  function hold(run: Run): void {
    runs.set(run.row.id, run)
    run.begin()
  }

  function left(run: Run, how: Leaving): void {
    const { row: { id, name, parent }, journal } = run
    if (runs.get(id) === run) runs.delete(id)
    if (how === 'ended' || how === 'stuck') results.ended(id, () => ({ id, name, state: journal.state.ended ?? 'stuck', result: journal.outcome, folded: () => journal.state }))
    // There is room again, or something to wake up for: its parent, or the next in a queue.
    if (runs.size === maxHeld - 1 || how === 'parked' || parent !== undefined || journal.state.steps.some((step) => step.type === 'lock')) keeper.hint()
  }

  /** Deadlines and waits are counted by the store's clock, so nothing begins before it has been heard of. */
  async function acquainted(): Promise<void> {
    await ready
    if (house.storeTime.told > -Infinity) return
    await (asking ??= keeper.turn().finally(() => (asking = undefined)))
    if (closed === undefined && house.storeTime.told === -Infinity) throw new StoreError('start: the store does not answer, and its clock is the one that counts; start again with the same id when it does')
  }

  function open(): void {
    if (closed !== undefined) throw new EngineClosed()
  }

  function check(definition: SagaDefinition): void {
    if (definitions.get(definition?.name) !== definition) throw new TypeError(`saga '${definition?.name}' is not one of this engine's; name it in createEngine({ sagas })`)
  }

  /** Leaves a letter. False: there is no such saga, or nothing of it is left. */
  async function tell(id: string, letter: Letter): Promise<boolean> {
    const left = await store.post(id, letter)
    keeper.hint()
    return left
  }

  async function say(id: string, letter: Letter): Promise<boolean> {
    open()
    if (await tell(id, letter)) return true
    if ((await store.read(id)) === undefined) throw new NoSuchSaga(id)
    return false
  }

  async function startChild(definition: SagaDefinition, id: string, input: string, parent: Parent): Promise<void> {
    await begin(definition, { name: definition.name, input, owner, leaseMs, parent, deadlineMs: definition.options.deadlineMs }, id, codec.decode(input))
  }

  async function joined(tx: unknown, create: NewSaga, id: string): Promise<SagaRow | undefined> {
    if (store.join === undefined) throw new TypeError('start: this store has no transactions to join; leave tx out, or use sqliteStore or postgresStore')
    return olderIn(await store.join(tx as never, id, { ...create, owner: undefined }))
  }

  /** Makes a saga, here or for whoever has room. Gives the row of an older one of that id. */
  function begin(definition: SagaDefinition, create: NewSaga, id: string, decoded: unknown): Promise<SagaRow | undefined> {
    const running = runs.get(id)
    if (running !== undefined) return running.whenOpened().then((older) => older ?? running.row)
    if (runs.size >= maxHeld) return writeOnce(house.committer, { id, epoch: 1, seq: 0, entries: [], create: { ...create, owner: undefined } }).then(olderIn)
    const heldSince = clock.monotonic()
    const run = new Run(house, { definition, create, heldSince, left, input: decoded, row: newRow(id, create, house.storeTime.latest(heldSince)) })
    hold(run)
    return run.whenOpened()
  }

  async function stuck(id: string): Promise<SagaView> {
    const view = await engine.get(id)
    if (view?.state !== 'stuck') throw new NoSuchSaga(id, view && `is ${view.state}; only a stuck saga waits for a person`)
    return view
  }

  const engine: Engine = {
    async start(definition, input, { id = newId(), deadlineMs = definition.options.deadlineMs, trace, tx } = {}) {
      open()
      check(definition as unknown as SagaDefinition)
      nonEmpty("a saga's id", id)
      number('deadlineMs', deadlineMs, 0, 0)
      const { text, value } = house.encode(input, 'the input of saga', definition.name)
      if (house.storeTime.told === -Infinity) {
        await acquainted()
        open()
      }
      const create = { name: definition.name, input: text, owner, leaseMs, deadlineMs, trace }
      const row = await (tx === undefined ? begin(definition as unknown as SagaDefinition, create, id, value) : joined(tx, create, id))
      if (row !== undefined) {
        if (row.name !== definition.name) throw new IdConflict(id, `is a '${row.name}', came a '${definition.name}'`)
        if (row.input !== text && canonical(codec.decode(row.input)) !== canonical(value)) throw new IdConflict(id, 'was started with another input')
      }
      return { id, result: (wait?: WaitOptions) => results.wait(id, wait?.signal) as Promise<never> }
    },
    result: (id, wait) => results.wait(id, wait?.signal),
    async get(id) {
      const loaded = await store.read(id)
      return loaded && viewOf(loaded, codec)
    },
    async timeline(id) {
      const loaded = await store.read(id)
      return loaded && timelineOf(loaded)
    },
    async *list(query = {}) {
      known('list', query, ['state', 'name'])
      for (let after: string | undefined; ;) {
        const page = await store.list({ ...query, after, limit: PAGE })
        for (const row of page) yield summarise(row)
        if (page.length < PAGE) return
        after = page.at(-1)?.id
      }
    },
    cancel: (id, reason = 'no reason given') => say(id, { kind: 'cancel', reason }),
    signal: async (id, name, value) => say(id, { kind: 'signal', name, value: house.encode(value, 'signal', name).text }),
    async retry(id) {
      await stuck(id)
      await say(id, { kind: 'retry' })
    },
    async resolve(id, step, note) {
      const { owed, direction } = await stuck(id)
      if (direction === 'forward') throw new NoSuchSaga(id, 'is stuck on its way forward, where nothing is to be undone; put right what it is stuck at, then engine.retry')
      if (!owed.includes(step)) throw new NoSuchSaga(id, `owes no undo of '${step}'; it owes ${owed.map((name) => `'${name}'`).join(', ') || 'none'}`)
      await say(id, { kind: 'resolve', step, note })
    },
    async recover() {
      open()
      await ready
      await keeper.turn()
      const since = recovered
      recovered = 0
      return since
    },
    check: (given) => mismatchesOf(store, codec, engine.list, given ?? definitions.values()),
    onEvent: events.onEvent,
    get held() {
      return runs.size
    },
    close: () => (closed ??= close()),
    [Symbol.asyncDispose]: () => engine.close(),
  }
  return engine

  async function close(): Promise<void> {
    hints?.[Symbol.dispose]()
    await Promise.all([keeper.stop(), relay?.stop()])
    const late = Promise.withResolvers<void>()
    const timer = clock.after(closeMs, () => late.resolve())
    await Promise.race([Promise.all([...runs.values()].map((run) => run.drain())), late.promise])
    timer.cancel()
    await house.committer.idle()
    const held = [...runs.values()]
    for (const run of held) run.abandon(new EngineClosed())
    const release = held.map((run) => ({ ...heldOf(run), seq: 0, entries: [], patch: { release: { wakeAt: 0 } } }))
    try {
      if (release.length > 0) await store.commit(release)
    } catch (error) {
      // The leases run out by themselves.
      events.storeFailed(error)
    }
    results.close(new EngineClosed())
  }
}

const heldOf = ({ row: { id, epoch } }: Run): Held => ({ id, epoch })
const olderIn = (answer: Written): SagaRow | undefined => (answer.state === 'exists' ? answer.row : undefined)
