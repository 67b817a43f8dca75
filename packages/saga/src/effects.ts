/** The outside world of one run: actions, undos, what is still running, and how each outcome gets into the journal. */
import { act, type Action, type Outcome, type Task } from './action.ts'
import type { Ask } from './asks.ts'
import { toError, toFailure } from './core/failure.ts'
import { encodeBounded } from './core/payload.ts'
import type { Step } from './core/state.ts'
import { FORWARD_RETRY } from './ground/defaults.ts'
import { DefinitionChanged, NothingHappened } from './ground/errors.ts'
import type { Failure } from './ground/types.ts'
import type { Life } from './life.ts'
import type { StepContext, UndoContext } from './saga.ts'

type Settled = Exclude<Outcome, { kind: 'later' }>

export interface Effects {
  /** Steps whose action or undo has not settled, and timed-out ones that may still succeed. */
  readonly running: ReadonlySet<number>
  perform(ord: number): void
  undo(ord: number): void
  /** Resolves when nothing is running. */
  idle(): Promise<unknown>
  /** Aborts what is running. */
  stop(reason: Error): void
}

export function createEffects(life: Life, postponed: (until: number) => void): Effects {
  const { house, journal, asks, id } = life
  const { events } = house
  const running = new Set<number>()
  const actions = new Map<number, Action>()
  // What was in the log when this life began: another life may have acted on it.
  const inherited = journal.state.length
  const begun = new Set<number>()

  const stepAt = (ord: number): Step => journal.state.steps[ord] as Step
  const report = (type: 'step-started' | 'step-done' | 'step-late' | 'undo-started' | 'undone', step: string, attempt: number): void => {
    if (events.watched) events.emit({ type, saga: life.definition.name, id, step, attempt })
  }

  const encode = (name: string, value: unknown): string => encodeBounded(house.codec, value, `the output of step '${name}'`, house.maxPayloadBytes)

  function start(ord: number, back: boolean, task: Task, settled: (outcome: Settled, attempt: number) => void): void {
    const step = stepAt(ord)
    let attempts = task.attempts
    running.add(ord)
    report(back ? 'undo-started' : 'step-started', step.name, attempts + 1)
    const action = act(task, {
      clock: house.clock,
      random: house.random,
      shortMs: house.leaseMs / 2,
      settleMs: house.settleMs,
      failed(attempt, error, retryMs) {
        attempts = attempt
        if (events.watched) events.emit({ type: back ? 'undo-failed' : 'step-failed', saga: life.definition.name, id, step: step.name, attempt, error, retryMs })
      },
      late: (value) => (back ? undefined : late(ord, value)),
    })
    actions.set(ord, action)
    action.whenSettled((outcome) => {
      if (!life.live) return
      if (outcome.kind === 'later') {
        running.delete(ord)
        const until = house.storeTime.latest() + outcome.waitMs
        journal.record({ kind: 'later', ord, attempt: outcome.attempt, until, error: toFailure(outcome.error) })
        postponed(until)
      } else settled(outcome, attempts + 1)
    })
  }

  function perform(ord: number): void {
    life.whenFresh(() => {
      const { direction, pivoted, retriedAt = -1 } = journal.state
      const step = stepAt(ord)
      if (direction === 'back' || step.outcome !== undefined || running.has(ord)) return
      const asked = asks.get(step.name) as Ask
      const { options } = asked
      if (options === undefined) return
      const key = `${id}:${ord}:do`
      // A person who lets a stuck saga try again has looked at what came before.
      const haunted = begun.has(ord) || (step.startedAt < inherited && retriedAt < inherited)
      begun.add(ord)
      start(ord, false, {
        name: step.name,
        attempts: step.attempts,
        haunted,
        timeoutMs: options.timeoutMs,
        retry: options.retry ?? (step.pivot || pivoted ? FORWARD_RETRY : house.retry),
        call: (attempt, signal) => {
          const told = new Told(key, life.epoch, attempt, signal)
          if (step.type !== 'tx') return options.do(told)
          return journal.transact((tx) => options.do(Object.assign(told, { tx })), (value) => ({ kind: 'done', ord, value: encode(asked.name, value) }))
        },
      }, (outcome, attempt) => performed(ord, asked, outcome, attempt))
    })
  }

  function performed(ord: number, asked: Ask, outcome: Settled, attempt: number): void {
    running.delete(ord)
    const { type } = stepAt(ord)
    if (type === 'tx' && outcome.kind === 'done') {
      report('step-done', asked.name, attempt)
      asked.resolve(house.codec.decode(stepAt(ord).value as string))
      return life.pump()
    }
    let failed = outcome.kind === 'failed' ? outcome : undefined
    if (outcome.kind === 'done') {
      try {
        const value = encode(asked.name, outcome.value)
        journal.record({ kind: 'done', ord, value }, () => report('step-done', asked.name, attempt))
        asked.resolve(house.codec.decode(value))
        return life.pump()
      } catch (error) {
        // The effect is there, but its output cannot be kept: a failure whose undo has to manage without.
        failed = { kind: 'failed', error: error as Error, nothing: false, unknown: false }
      }
    }
    const { error: problem, unknown } = failed as Extract<Outcome, { kind: 'failed' }>
    // A transaction that failed was rolled back.
    const nothing = type === 'tx' || (failed as { nothing: boolean }).nothing
    if (asked.pivot === true && !nothing) return life.stick(ord, doubtful(asked.name, problem))
    const error: Failure = toFailure(problem instanceof NothingHappened && problem.cause !== undefined ? problem.cause : problem)
    journal.record({ kind: 'failed', ord, error, ...(nothing ? { nothing } : {}), ...(unknown ? { unknown } : {}) })
    if (unknown) linger(ord)
    asked.reject(toError(error))
    life.pump()
  }

  /** A timed-out action may still succeed: nothing is undone until it settles, or for a while. */
  function linger(ord: number): void {
    const calm = (): void => {
      timer.cancel()
      if (running.delete(ord) && life.live) life.pump()
    }
    running.add(ord)
    const timer = house.clock.after(house.settleMs, calm)
    actions.get(ord)?.whenQuiet(calm)
  }

  /** A timed-out action succeeded after all: its undo gets the output, and runs again if it has run without. */
  function late(ord: number, value: unknown): void {
    const step = stepAt(ord)
    if (!life.live || journal.state.ended !== undefined) return
    if (step.phase === 'undoing') return actions.get(ord)?.whenSettled(() => late(ord, value))
    try {
      const text = encode(step.name, value)
      journal.record({ kind: 'late', ord, value: text }, () => report('step-late', step.name, 1))
      life.pump()
    } catch {
      // An output that cannot be kept changes nothing: the undo runs without one in any case.
    }
  }

  function undo(ord: number): void {
    const begin = (): void => life.whenFresh(() => {
      const step = stepAt(ord)
      const options = asks.get(step.name)?.options
      const compensate = options?.undo
      if (options === undefined || compensate === undefined) {
        running.delete(ord)
        return life.stick(ord, new DefinitionChanged({ recorded: [`${step.name} with an undo`], asked: asks.names(), missing: [`the undo of ${step.name}`] }))
      }
      // A late success is another effect than the one undone before, so its undo must not be taken for a repetition.
      const key = `${id}:${ord}:undo${step.outcome === 'failed' && step.value !== undefined ? ':late' : ''}`
      const known = {
        input: life.input,
        output: step.value === undefined ? undefined : house.codec.decode(step.value),
        error: toError((journal.state.cause ?? step.error) as Failure),
      }
      start(ord, true, {
        name: `undo of ${step.name}`,
        attempts: step.attempts,
        haunted: true,
        timeoutMs: options.undoTimeoutMs,
        retry: options.undoRetry ?? house.undoRetry,
        call: (attempt, signal) => {
          const told: UndoContext<unknown, unknown> = Object.assign(new Told(key, life.epoch, attempt, signal), known)
          if (step.type !== 'tx') return compensate(told)
          return journal.transact((tx) => compensate(Object.assign(told, { tx })), () => ({ kind: 'undone', ord }))
        },
      }, (outcome, attempt) => {
        running.delete(ord)
        if (outcome.kind === 'failed') return life.stick(ord, outcome.error)
        if (step.type === 'tx') report('undone', step.name, attempt)
        else journal.record({ kind: 'undone', ord }, () => report('undone', step.name, attempt))
        life.pump()
      })
    })
    running.add(ord)
    if (stepAt(ord).phase === 'undoing') begin()
    else journal.record({ kind: 'undo-intent', ord }, begin)
  }

  return {
    running, perform, undo,
    idle: () => Promise.all(Array.from(actions.values(), (action) => new Promise((resolve) => action.whenSettled(resolve)))),
    stop(reason) {
      for (const action of actions.values()) action.stop(reason)
    },
  }
}

/** A pivot whose last attempt refused after others that may have gone through: neither forward nor back is safe before somebody has looked. */
function doubtful(name: string, error: Error): Error {
  if (!(error instanceof NothingHappened)) return error
  return new Error(`pivot '${name}' says that nothing happened, but an attempt before may have gone through; find out, put that right, and engine.retry(id): the next attempt's word counts`, { cause: error })
}

/**
 * What an action is told. The abort signal is made when it is first looked at: most actions never look, and it is the dearest part of a step. The getter is the
 * class's, because a literal with a getter has a hidden class of its own, which only a full collection frees.
 */
class Told implements StepContext {
  readonly key: string
  readonly epoch: number
  readonly attempt: number
  readonly #signal: () => AbortSignal
  constructor(key: string, epoch: number, attempt: number, signal: () => AbortSignal) {
    this.key = key
    this.epoch = epoch
    this.attempt = attempt
    this.#signal = signal
  }
  get signal(): AbortSignal {
    return this.#signal()
  }
}
