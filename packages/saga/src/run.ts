/**
 * One life of one saga in this process: the function on one side, its journal on the other.
 * What an entry permits (an action, an answer to the outside) happens after its commit, but the function is told a step's outcome before:
 * code between steps has no effects. So `done` of one step and `intent` of the next are one commit, and N steps cost N+1.
 */
import { createAsks, refusal, type Ask, type Want } from './asks.ts'
import { createChildren, type Children } from './children.ts'
import { asError, toError, toFailure } from './core/failure.ts'
import { next } from './core/next.ts'
import { encodeBounded } from './core/payload.ts'
import type { Step } from './core/state.ts'
import { createEffects, type Effects } from './effects.ts'
import { DefinitionChanged, LeaseLost, PoisonSaga } from './ground/errors.ts'
import type { Kind, Mail } from './ground/log.ts'
import type { Loaded, NewSaga, SagaRow } from './ground/store.ts'
import type { Timer } from './ground/types.ts'
import type { House, Leaving } from './house.ts'
import { createJournal, type Journal } from './journal.ts'
import { createLetters } from './letters.ts'
import type { Life } from './life.ts'
import type { SagaDefinition } from './saga.ts'
import { createScope } from './scope.ts'
import { shapeOf } from './shape.ts'
import { createWaits, type Waits } from './waits.ts'

export interface Run {
  readonly id: string
  readonly epoch: number
  readonly definition: SagaDefinition
  readonly row: SagaRow
  readonly journal: Journal
  /** The store has it: before its first commit there is no lease to keep. */
  readonly stored: boolean
  /** Settles with the first commit: undefined when it was made, the row of the older saga when the id was taken. Rejects if this life ended before. */
  readonly opened: Promise<SagaRow | undefined>
  /** Begins, or goes on from the log. */
  begin(): void
  deliver(mail: readonly Mail[]): void
  /** The lease was confirmed at this monotonic time. */
  confirm(at: number): void
  /** Somebody else has the saga, or this process must let go: nothing more is written. */
  abandon(reason: Error): void
  /** Begins nothing more; resolves when what is running has settled. */
  drain(): Promise<void>
}

export interface RunOptions {
  readonly definition: SagaDefinition
  readonly row: SagaRow
  /** Present for a saga that the store does not have yet. */
  readonly create?: NewSaga
  readonly loaded?: Loaded
  left(run: Run, how: Leaving): void
}

const NEVER = new Promise<never>(() => {})

export function createRun(house: House, { definition, row, create, loaded, left }: RunOptions): Run {
  const { id, epoch } = row
  const { events } = house
  const about = { saga: definition.name, id }
  // Asked for before the log had been caught up with.
  const early: Ask[] = []
  const opened = Promise.withResolvers<SagaRow | undefined>()
  if (create === undefined) opened.resolve(undefined)
  opened.promise.catch(() => {})
  const stalled: (() => void)[] = []
  let draining = false
  let finished: { readonly value: string } | { readonly error: unknown } | undefined
  let confirmedAt = house.clock.monotonic()
  let replayTimer: Timer | undefined

  const journal = createJournal(house, row, { create, loaded }, {
    shape: () => shapeOf(life, effects.running.size > 0 || family?.busy() === true, finished !== undefined),
    opened(older) {
      run.stored = older === undefined
      if (older !== undefined) leave('lost')
      else if (events.watched) events.emit({ ...about, type: 'started', ...(row.trace === undefined ? {} : { trace: row.trace }) })
      opened.resolve(older)
    },
    entered: (state) => (state === 'waiting' && events.watched ? events.emit({ ...about, type: 'waiting' }) : undefined),
    released: () => leave(journal.state.ended !== undefined ? 'ended' : journal.state.stuck !== undefined ? 'stuck' : 'parked'),
    fenced: () => abandon(new LeaseLost()),
    retry(error, creating) {
      events.emit({ type: 'store-failed', error: asError(error) })
      // Whether the saga exists is not known; its caller is told, and may ask again with the same id.
      if (creating) abandon(asError(error))
      return life.live
    },
  })
  const asks = createAsks(journal.state, give, changed, caughtUp)
  const life: { -readonly [K in keyof Life]: Life[K] } = { house, definition, row, loaded, id, epoch, about, journal, asks, live: true, input: undefined, whenFresh, stick, cancel, pump }
  const waits: Waits = createWaits(life, () => effects)
  const effects: Effects = createEffects(life, waits.arm)
  // Made when first needed: most sagas have no family, and no mail.
  let letters: ReturnType<typeof createLetters> | undefined
  let family: Children | undefined
  const children = (): Children => (family ??= createChildren(life, () => waits))
  const run: { -readonly [K in keyof Run]: Run[K] } = {
    id, epoch, definition, row, journal, stored: create === undefined, opened: opened.promise, begin, abandon,
    deliver: (mail) => readMail(mail),
    confirm(at) {
      confirmedAt = at
      if (house.fresh(at)) for (const begin of stalled.splice(0)) whenFresh(begin)
    },
    async drain() {
      draining = true
      await effects.idle()
    },
  }
  return run

  function readMail(mail: readonly Mail[]): void {
    letters ??= createLetters(life, waits, children())
    letters(mail)
  }

  function begin(): void {
    life.input = house.codec.decode(row.input)
    if (row.takes > house.maxTakes) return stick(undefined, new PoisonSaga(row.takes))
    if (loaded !== undefined && loaded.mail.length > 0) readMail(loaded.mail)
    if (journal.state.stuck !== undefined || journal.state.ended !== undefined) return journal.touch()
    if (row.deadlineAt !== undefined) waits.arm(row.deadlineAt)
    if (!asks.caughtUp()) replayTimer = house.clock.after(house.replayMs, changed)
    // The function starts in a microtask: what it throws synchronously is a rejection like any other.
    void Promise.resolve(createScope({ id, ask, emit: journal.emit, codec: house.codec, maxPayloadBytes: house.maxPayloadBytes, transacts: house.store.transact !== undefined }))
      .then((scope) => definition.run(scope, life.input))
      .then((output) => finish({ value: encodeBounded(house.codec, output, `the output of saga '${definition.name}'`, house.maxPayloadBytes) }))
      .catch((error: unknown) => finish({ error }))
  }

  function finish(how: NonNullable<typeof finished>): void {
    finished ??= how
    pump()
  }

  function ask(want: Want): Promise<unknown> {
    if (!life.live) return NEVER
    const { promise, resolve, reject } = Promise.withResolvers<unknown>()
    const asked: Ask = { ...want, promise, resolve, reject }
    // A sibling's failure may leave this promise unwatched; the saga's end says what has to be said.
    promise.catch(() => {})
    const problem = refusal(want, asks, journal.state.pivoted, house.maxSteps)
    const behind = !asks.caughtUp()
    if (problem !== undefined) reject(problem)
    else asks.add(asked)
    if (problem === undefined && !behind) open(asked)
    else if (problem === undefined && !asks.recorded(want.name)) early.push(asked)
    return promise
  }

  /** A name that the log does not have yet. */
  function open(asked: Ask): void {
    const { state } = journal
    if (state.direction === 'back' || finished !== undefined || !life.live) return
    const { name, type } = asked
    const ord = state.steps.length
    const until = asked.ms === undefined ? undefined : house.storeTime.latest() + asked.ms
    const undo = asked.options?.undo !== undefined || type === 'child'
    if (type === 'lock') journal.lock(name)
    if (type === 'lock' || type === 'child') children().expect(ord)
    journal.record(
      { kind: 'intent', ord, name, ...(type === 'step' ? {} : { type }), ...(undo ? { undo } : {}), ...(asked.pivot === true ? { pivot: true } : {}), ...(until === undefined ? {} : { until }) },
      type === 'sleep' || type === 'signal' ? undefined : () => proceed(type, ord),
    )
    if (type === 'signal') waits.heed(name)
    if (until !== undefined) waits.arm(until)
  }

  /** What an intent permits once it is durable. */
  function proceed(type: Kind, ord: number): void {
    if (type === 'step' || type === 'tx') effects.perform(ord)
    if (type === 'child') children().start(ord)
    if (type === 'lock') children().queued(ord)
  }

  /** Gives the function an outcome that the log has. */
  function give(asked: Ask, step: Step): void {
    if (step.outcome === 'failed' && step.error !== undefined) asked.reject(toError(step.error))
    else asked.resolve(house.codec.decode(step.value as string))
  }

  function caughtUp(): void {
    replayTimer?.cancel()
    if (!life.live) return
    const { state } = journal
    if (state.direction === 'forward') {
      for (const step of state.steps) {
        if (step.outcome !== undefined) continue
        if (step.until !== undefined) waits.arm(step.until)
        if (step.type === 'signal') waits.heed(step.name)
        // Whether the place in the queue has become the lock meanwhile, the store knows.
        if (step.type === 'lock') {
          children().expect(step.ord)
          journal.lock(step.name, () => children().queued(step.ord))
        } else if (step.until === undefined) proceed(step.type, step.ord)
      }
      for (const asked of early.splice(0)) open(asked)
    }
    // Nothing may be left to write, but there may be a lease to give back while it waits.
    journal.touch()
    pump()
  }

  /** The function no longer asks for what the log has. */
  function changed(): void {
    stick(undefined, new DefinitionChanged({ recorded: journal.state.steps.map((step) => step.name), asked: asks.names(), missing: asks.missing() }))
  }

  function pump(): void {
    const { state } = journal
    if (!life.live || state.stuck !== undefined || state.ended !== undefined) return
    if (!asks.caughtUp()) {
      if (finished !== undefined && asks.missing().length > 0) changed()
      return
    }
    if (state.direction === 'forward') {
      // Which way there is, is not known before the pivot has settled.
      if (state.steps.some((step) => step.pivot && step.outcome === undefined)) return
      if (state.cancelled !== undefined) return turnBack(toError(state.cancelled), true)
      if (finished === undefined) return
      if ('error' in finished) return state.pivoted ? stick(undefined, asError(finished.error)) : turnBack(asError(finished.error), false)
    }
    const command = next(state, family === undefined || family.undoing.size === 0 ? effects.running : new Set([...effects.running, ...family.undoing]), definition.options.undoOrder ?? 'reverse', house.storeTime.told)
    if (command.do === 'end') end()
    if (command.do === 'undo') {
      for (const ord of command.ords) (state.steps[ord]?.type === 'child' ? children() : effects).undo(ord)
    }
  }

  function cancel(error: Error): void {
    const { state } = journal
    if (state.direction === 'back' || state.ended !== undefined || state.cancelled !== undefined) return
    if (state.pivoted) return journal.record({ kind: 'note', text: `came too late, after the pivot: ${error.message}` })
    journal.record({ kind: 'cancel', cause: toFailure(error) })
    pump()
  }

  function turnBack(error: Error, abort: boolean): void {
    journal.record({ kind: 'back', cause: toFailure(error) }, () => events.watched && events.emit({ ...about, type: 'compensating', error }))
    if (abort) effects.stop(error)
    pump()
  }

  function end(): void {
    const { direction, cause, steps } = journal.state
    const state = direction === 'forward' ? 'completed' : 'compensated'
    journal.result(state === 'completed' ? (finished as { value: string }).value : JSON.stringify(cause))
    if (steps.some((step) => step.type === 'lock')) journal.unlock()
    if (row.parent !== undefined) children().tellParent(state)
    journal.record({ kind: 'end', state }, () => events.watched && events.emit({ ...about, type: state }))
  }

  function stick(ord: number | undefined, error: Error): void {
    if (!life.live || journal.state.stuck !== undefined) return
    journal.result(JSON.stringify(toFailure(error)))
    journal.record({ kind: 'stuck', ...(ord === undefined ? {} : { ord }), error: toFailure(error) }, () => {
      if (events.watched) events.emit({ ...about, type: 'stuck', step: ord === undefined ? undefined : journal.state.steps[ord]?.name, error })
    })
  }

  function whenFresh(begin: () => void): void {
    if (!life.live || draining) return
    if (house.fresh(confirmedAt)) begin()
    else stalled.push(begin)
  }

  function leave(how: Leaving): void {
    if (!life.live) return
    life.live = false
    journal.close()
    waits.stop()
    replayTimer?.cancel()
    left(run, how)
  }

  function abandon(reason: Error): void {
    if (!life.live) return
    if (reason instanceof LeaseLost && events.watched) events.emit({ ...about, type: 'lease-lost' })
    leave('lost')
    // Whoever started it still waits to hear that it is durable.
    opened.reject(reason)
    effects.stop(reason)
  }
}
