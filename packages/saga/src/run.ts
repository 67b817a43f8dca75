/**
 * One life of one saga in this process: the function on one side, its journal on the other.
 * What an entry permits (an action, an answer to the outside) happens after its commit, but the function is told a step's outcome before:
 * code between steps has no effects. So `done` of one step and `intent` of the next are one commit, and N steps cost N+1.
 */
import { createAsks, type Ask, type Want } from './asks.ts'
import { toError, toFailure } from './core/failure.ts'
import { next } from './core/next.ts'
import { encodeBounded } from './core/payload.ts'
import type { State, Step } from './core/state.ts'
import { createEffects } from './effects.ts'
import { DeadlinePassed, DefinitionChanged, LeaseLost, PoisonSaga, SagaCancelled, StepNameError, StepTimeout } from './ground/errors.ts'
import type { Mail } from './ground/log.ts'
import type { Loaded, NewSaga, Patch, SagaRow } from './ground/store.ts'
import type { SagaState, Timer } from './ground/types.ts'
import type { House, Leaving } from './house.ts'
import { createJournal } from './journal.ts'
import type { SagaDefinition } from './saga.ts'
import { createScope } from './scope.ts'

export interface Run {
  readonly id: string
  readonly epoch: number
  readonly definition: SagaDefinition
  readonly row: SagaRow
  readonly state: State
  /** Settles with the first commit: undefined when it was made, the row of the older saga when the id was taken. */
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
  let live = true
  let draining = false
  let finished: { readonly value: string } | { readonly error: unknown } | undefined
  let cancelled: Error | undefined
  let confirmedAt = house.clock.monotonic()
  let alarm: { readonly at: number; readonly timer: Timer } | undefined
  let replayTimer: Timer | undefined
  let readUpTo = 0
  let input: unknown
  let stalled: (() => void)[] = []

  const journal = createJournal(house, row, { create, loaded }, {
    shape,
    opened(older) {
      if (older !== undefined) leave('lost')
      else if (events.watched) events.emit({ ...about, type: 'started' })
      opened.resolve(older)
    },
    entered: (state) => (state === 'waiting' && events.watched ? events.emit({ ...about, type: 'waiting' }) : undefined),
    released: () => leave(journal.state.ended !== undefined ? 'ended' : journal.state.stuck !== undefined ? 'stuck' : 'parked'),
    fenced() {
      if (events.watched) events.emit({ ...about, type: 'lease-lost' })
      abandon(new LeaseLost())
    },
    retry(error, creating) {
      events.emit({ type: 'store-failed', error: error instanceof Error ? error : new Error(String(error)) })
      // Whether the saga exists is not known; its caller is told, and may ask again with the same id.
      if (creating) {
        abandon(new LeaseLost())
        opened.reject(error)
      }
      return live
    },
  })
  const asks = createAsks(journal.state, give, changed, caughtUp)
  const effects = createEffects({
    house, journal, asks, saga: definition.name, id, epoch,
    live: () => live, input: () => input, whenFresh, stick, postponed: arm, settled: pump,
  })
  const run: Run = {
    id, epoch, definition, row, opened: opened.promise, begin, deliver, abandon, drain,
    get state() {
      return journal.state
    },
    confirm(at) {
      confirmedAt = at
      if (!house.fresh(at)) return
      for (const begin of stalled.splice(0)) whenFresh(begin)
    },
  }
  return run

  function begin(): void {
    input = house.codec.decode(row.input)
    if (row.takes > house.maxTakes) return stick(undefined, new PoisonSaga(row.takes))
    if (loaded !== undefined) deliver(loaded.mail)
    if (journal.state.stuck !== undefined || journal.state.ended !== undefined) return journal.touch()
    if (row.deadlineAt !== undefined) arm(row.deadlineAt)
    if (!asks.caughtUp) replayTimer = house.clock.after(house.replayMs, changed)
    if (create !== undefined) journal.touch()
    launch()
  }

  function launch(): void {
    // The function starts in a microtask: what it throws synchronously is a rejection like any other.
    void Promise.resolve(createScope({ id, ask, codec: house.codec, maxPayloadBytes: house.maxPayloadBytes }))
      .then((scope) => definition.run(scope, input))
      .then((output) => finish({ value: encodeBounded(house.codec, output, `the output of saga '${definition.name}'`, house.maxPayloadBytes) }))
      .catch((error: unknown) => finish({ error }))
  }

  function finish(how: NonNullable<typeof finished>): void {
    finished ??= how
    pump()
  }

  // ── What the function asks for ────────────────────────────────────────────────────────────────────────────────────────────────────

  function ask(want: Want): Promise<unknown> {
    if (!live) return NEVER
    const { promise, resolve, reject } = Promise.withResolvers<unknown>()
    const asked: Ask = { ...want, promise, resolve, reject }
    // A sibling's failure may leave this promise unwatched; the saga's end says what has to be said.
    promise.catch(() => {})
    const problem = refusal(want)
    if (problem !== undefined) {
      reject(problem)
      return promise
    }
    const recorded = !asks.caughtUp
    asks.add(asked)
    if (!recorded) open(asked)
    else if (!asks.recorded(want.name)) early.push(asked)
    return promise
  }

  function refusal({ name, options }: Want): Error | undefined {
    if (typeof name !== 'string' || name === '') return new StepNameError(String(name), `expected a step's name as non-empty text, came ${String(name)}`)
    if (asks.get(name) !== undefined) {
      return new StepNameError(name, `step '${name}' was asked for twice; a name stands for one thing in a saga, so number them in a loop: \`${name} \${i}\``)
    }
    if (asks.size >= house.maxSteps) {
      return new StepNameError(name, `step '${name}' would be number ${house.maxSteps + 1} of at most ${house.maxSteps}; split the saga into child sagas or raise maxSteps`)
    }
    if (journal.state.pivoted && options?.undo !== undefined) {
      return new StepNameError(name, `step '${name}' has an undo but comes after the pivot, from where there is no way back; leave the undo out`)
    }
    return undefined
  }

  /** A name that the log does not have yet. */
  function open(asked: Ask): void {
    const { state } = journal
    if (state.direction === 'back' || finished !== undefined || !live) return
    const ord = state.steps.length
    const until = asked.ms === undefined ? undefined : house.storeNow() + asked.ms
    const intent = { kind: 'intent', ord, name: asked.name, type: asked.type, undo: asked.options?.undo !== undefined } as const
    journal.record(
      { ...intent, ...(asked.pivot === true ? { pivot: true } : {}), ...(until === undefined ? {} : { until }) },
      asked.type === 'step' ? () => effects.perform(ord) : undefined,
    )
    if (asked.type === 'signal') heed(asked.name)
    if (until !== undefined) arm(until)
  }

  /** Gives the function an outcome that the log has. */
  function give(asked: Ask, step: Step): void {
    if (step.outcome === 'failed' && step.error !== undefined) asked.reject(toError(step.error))
    else asked.resolve(house.codec.decode(step.value as string))
  }

  function caughtUp(): void {
    replayTimer?.cancel()
    if (!live) return
    const { state } = journal
    if (state.direction === 'forward') {
      for (const step of state.steps) {
        if (step.outcome !== undefined) continue
        if (step.until !== undefined) arm(step.until)
        else if (step.type === 'step') effects.perform(step.ord)
        if (step.type === 'signal') heed(step.name)
      }
      for (const asked of early.splice(0)) open(asked)
    }
    // Nothing may be left to write, but there may be a lease to give back while it waits.
    journal.touch()
    pump()
  }

  /** The function no longer asks for what the log has. */
  function changed(): void {
    if (!live || journal.state.stuck !== undefined) return
    stick(undefined, new DefinitionChanged({ recorded: journal.state.steps.map((step) => step.name), asked: asks.names, missing: asks.missing }))
  }

  // ── What comes next ───────────────────────────────────────────────────────────────────────────────────────────────────────────────

  /** Looks at the state and does what it asks for, if it asks for anything. */
  function pump(): void {
    const { state } = journal
    if (!live || state.stuck !== undefined || state.ended !== undefined) return
    if (!asks.caughtUp) {
      if (finished !== undefined && asks.missing.length > 0) changed()
      return
    }
    if (state.direction === 'forward') {
      // Which way there is, is not known before the pivot has settled.
      if (state.steps.some((step) => step.pivot && step.outcome === undefined)) return
      if (cancelled !== undefined) return turnBack(cancelled)
      if (finished === undefined) return
      if ('error' in finished) return state.pivoted ? stick(undefined, asError(finished.error)) : turnBack(finished.error)
    }
    const command = next(state, effects.running, definition.options.undoOrder ?? 'reverse', house.storeNow())
    if (command.do === 'undo') for (const ord of command.ords) effects.undo(ord)
    if (command.do === 'end') end()
  }

  function turnBack(thrown: unknown): void {
    if (cancelled !== undefined && journal.state.pivoted) {
      cancelled = undefined
      journal.record({ kind: 'note', text: `came too late, after the pivot: ${asError(thrown).message}` })
      return pump()
    }
    const error = asError(thrown)
    const wasCancelled = thrown === cancelled
    cancelled = undefined
    journal.record({ kind: 'back', cause: toFailure(error) }, () => events.watched && events.emit({ ...about, type: 'compensating', error }))
    if (wasCancelled) effects.stop(error)
    pump()
  }

  function end(): void {
    const { state } = journal
    const completed = state.direction === 'forward'
    const final = completed ? 'completed' : 'compensated'
    journal.result(completed ? (finished as { value: string }).value : JSON.stringify(state.cause))
    journal.unlock()
    journal.record({ kind: 'end', state: final }, () => events.watched && events.emit({ ...about, type: final }))
  }

  function stick(ord: number | undefined, error: Error): void {
    if (!live) return
    journal.record({ kind: 'stuck', ...(ord === undefined ? {} : { ord }), error: toFailure(error) }, () => {
      if (events.watched) events.emit({ ...about, type: 'stuck', step: ord === undefined ? undefined : journal.state.steps[ord]?.name, error })
    })
    journal.result(JSON.stringify(toFailure(error)))
  }

  /** The row's state, and whether the lease goes back: when there is nothing to do here before something happens. */
  function shape(): { readonly state: SagaState; readonly release?: Patch['release'] } {
    const { state } = journal
    if (state.ended !== undefined) return { state: state.ended, release: { wakeAt: undefined } }
    if (state.stuck !== undefined) return effects.running.size > 0 ? { state: 'stuck' } : { state: 'stuck', release: { wakeAt: undefined } }
    const open = state.steps.filter((step) => (state.direction === 'back' ? step.phase === 'undoing' : step.outcome === undefined))
    const idle = asks.caughtUp && effects.running.size === 0 && open.length > 0
      && open.every((step) => step.until !== undefined || step.type === 'signal' || step.type === 'child' || step.type === 'lock')
    const name = state.direction === 'back' ? 'compensating' : idle ? 'waiting' : 'running'
    if (!idle || (finished !== undefined && state.direction === 'forward')) return { state: name }
    const wakeAt = Math.min(...open.map((step) => step.until ?? Infinity), state.direction === 'forward' ? row.deadlineAt ?? Infinity : Infinity)
    if (wakeAt - house.storeNow() <= house.leaseMs / 2) return { state: name }
    return { state: name, release: { wakeAt: wakeAt === Infinity ? undefined : wakeAt } }
  }

  // ── Time, letters, leases ─────────────────────────────────────────────────────────────────────────────────────────────────────────

  function arm(until: number): void {
    if (alarm !== undefined && alarm.at <= until) return
    alarm?.timer.cancel()
    alarm = { at: until, timer: house.clock.after(Math.max(0, until - house.storeNow()), ring) }
  }

  function ring(): void {
    alarm = undefined
    if (!live) return
    const { state } = journal
    const now = house.storeNow()
    if (state.direction === 'forward' && row.deadlineAt !== undefined && row.deadlineAt <= now) cancelled ??= new DeadlinePassed()
    for (const step of state.steps) {
      if (step.until === undefined) continue
      if (step.until > now) arm(step.until)
      else if (state.direction === 'forward' && step.outcome === undefined) due(step)
    }
    if (state.direction === 'forward' && row.deadlineAt !== undefined && row.deadlineAt > now) arm(row.deadlineAt)
    pump()
  }

  function due(step: Step): void {
    const asked = asks.get(step.name)
    if (asked === undefined || !asks.caughtUp) return
    if (step.type === 'step') return effects.perform(step.ord)
    if (step.type === 'sleep') return fulfil(asked, step.ord, undefined)
    if (asked.otherwise !== undefined) return fulfil(asked, step.ord, asked.otherwise.value)
    const error = toFailure(new StepTimeout(step.name, asked.ms ?? 0))
    journal.record({ kind: 'failed', ord: step.ord, error, nothing: true })
    asked.reject(toError(error))
  }

  function fulfil(asked: Ask, ord: number, value: unknown): void {
    const text = house.codec.encode(value)
    journal.record({ kind: 'done', ord, value: text })
    asked.resolve(house.codec.decode(text))
  }

  /** Gives a waiting `signal` the oldest letter of its name. The log has one writer, so a signal and its time-out have one winner. */
  function heed(name: string): void {
    const { state } = journal
    const letter = state.signals.find((each) => each.name === name)
    const step = state.steps.find((each) => each.name === name && each.type === 'signal' && each.outcome === undefined)
    const asked = asks.get(name)
    if (letter === undefined || step === undefined || asked === undefined || state.direction === 'back') return
    journal.record({ kind: 'done', ord: step.ord, value: letter.value })
    asked.resolve(house.codec.decode(letter.value))
  }

  function deliver(mail: readonly Mail[]): void {
    for (const { number, letter } of mail) {
      if (number <= readUpTo || !live) continue
      readUpTo = number
      journal.read(number)
      const { state } = journal
      switch (letter.kind) {
        case 'signal':
          journal.record({ kind: 'signal', name: letter.name, value: letter.value }, () => events.watched && events.emit({ ...about, type: 'signalled', signal: letter.name }))
          if (asks.caughtUp) heed(letter.name)
          break
        case 'cancel':
          if (state.pivoted) journal.record({ kind: 'note', text: `cancel came too late, after the pivot: ${letter.reason}` })
          else if (state.direction === 'forward') cancelled ??= new SagaCancelled(letter.reason)
          break
        case 'retry':
          if (state.stuck !== undefined) journal.record({ kind: 'retry' })
          break
        case 'resolve': {
          const step = state.steps.find((each) => each.name === letter.step)
          if (step !== undefined && state.direction === 'back' && step.phase !== 'undone') journal.record({ kind: 'undone', ord: step.ord, note: letter.note })
          break
        }
        case 'undo': case 'child': case 'lock': break
      }
      journal.touch()
    }
    pump()
  }

  function whenFresh(begin: () => void): void {
    if (!live || draining) return
    if (house.fresh(confirmedAt)) begin()
    else stalled.push(begin)
  }

  function leave(how: Leaving): void {
    if (!live) return
    live = false
    journal.close()
    alarm?.timer.cancel()
    replayTimer?.cancel()
    left(run, how)
  }

  function abandon(reason: Error): void {
    if (!live) return
    leave('lost')
    effects.stop(reason)
  }

  async function drain(): Promise<void> {
    draining = true
    await effects.idle()
  }
}

const asError = (thrown: unknown): Error => (thrown instanceof Error ? thrown : toError(toFailure(thrown)))
