/** A saga's state as a fold over its log: `fold(state, entry)`. No clock, no I/O; the same log gives the same state in every life. */
import type { Entry, Kind, LogRecord } from '../ground/log.ts'
import type { Failure } from '../ground/types.ts'

/** `started`: the effect may have begun, its outcome is not known. */
export type Phase = 'started' | 'done' | 'failed' | 'undoing' | 'undone'

export interface Step {
  readonly ord: number
  readonly name: string
  readonly type: Kind
  readonly phase: Phase
  /** What the saga was told; stays when the step is undone. */
  readonly outcome: 'done' | 'failed' | undefined
  /** It was given an undo. */
  readonly undo: boolean
  readonly pivot: boolean
  /** What it gave, encoded; also when it came too late. */
  readonly value: string | undefined
  readonly error: Failure | undefined
  /** It said that it had no effect. */
  readonly nothing: boolean
  /** It ran out of time: it may still succeed. */
  readonly unknown: boolean
  /** Attempts that the log knows of, in the present direction. */
  readonly attempts: number
  /** When a wait ends or the next attempt is due, in the store's time. */
  readonly until: number | undefined
  /** Position in the log of its start and of its outcome: X came before Y if X's outcome did not come after Y's start. */
  readonly startedAt: number
  readonly settledAt: number | undefined
  readonly note: string | undefined
}

export interface State {
  readonly direction: 'forward' | 'back'
  /** In order of start; a step's `ord` is its index. */
  readonly steps: readonly Step[]
  readonly pivoted: boolean
  /** Why it was asked to turn back, until it does or the pivot has happened. */
  readonly cancelled: Failure | undefined
  readonly cause: Failure | undefined
  readonly stuck: { readonly ord: number | undefined; readonly error: Failure } | undefined
  readonly ended: 'completed' | 'compensated' | undefined
  /** Position in the log of the last time that a person let it try again. */
  readonly retriedAt: number | undefined
  /** Signals that nobody has asked for yet, oldest first. */
  readonly signals: readonly { readonly name: string; readonly value: string }[]
  /** Messages emitted so far, by topic. */
  readonly emitted: Readonly<Record<string, number>>
  /** Entries folded so far. */
  readonly length: number
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] }

/** The state before the first entry, a fresh one for each fold. */
export function empty(): State {
  return {
    direction: 'forward', steps: [], pivoted: false, cancelled: undefined, cause: undefined, stuck: undefined, ended: undefined, retriedAt: undefined,
    signals: [], emitted: {}, length: 0,
  }
}

/**
 * Adds one more entry to a state, in place: the state is the caller's own, and a step's object stays the same through its life. An entry that cannot follow is an
 * error: the log was not written by this machine.
 */
export function fold(given: State, entry: Entry): State {
  const state = given as Mutable<State>
  const steps = state.steps as Mutable<Step>[]
  const { length } = state
  state.length += 1
  switch (entry.kind) {
    case 'intent':
      if (entry.ord !== steps.length) throw new RangeError(`log: expected step ${steps.length}, came ${entry.ord}`)
      steps.push({
        ord: entry.ord, name: entry.name, type: entry.type ?? 'step', phase: 'started', outcome: undefined, undo: entry.undo === true, pivot: entry.pivot === true,
        value: undefined, error: undefined, nothing: false, unknown: false, attempts: 0, until: entry.until, startedAt: length, settledAt: undefined, note: undefined,
      })
      break
    case 'done': {
      const step = at(steps, entry.ord)
      settle(step, 'done', length)
      step.value = entry.value
      if (step.pivot) {
        state.pivoted = true
        state.cancelled = undefined
      }
      if (step.type === 'signal') {
        const taken = state.signals.findIndex((each) => each.name === step.name)
        if (taken >= 0) state.signals = state.signals.toSpliced(taken, 1)
      }
      break
    }
    case 'failed': {
      const step = at(steps, entry.ord)
      settle(step, 'failed', length)
      step.error = entry.error
      step.nothing = entry.nothing === true
      step.unknown = entry.unknown === true
      break
    }
    case 'later': {
      const step = at(steps, entry.ord)
      step.attempts = entry.attempt
      step.until = entry.until
      step.error = entry.error
      break
    }
    case 'late': {
      const step = at(steps, entry.ord)
      step.value = entry.value
      // Undone before it succeeded: the undo had nothing to take back, so it is owed again.
      if (step.phase === 'undone') step.phase = 'done'
      break
    }
    case 'cancel':
      state.cancelled = entry.cause
      break
    case 'back':
      state.direction = 'back'
      state.cancelled = state.ended = undefined
      state.cause = entry.cause
      for (const step of steps) forget(step)
      break
    case 'undo-intent':
      at(steps, entry.ord).phase = 'undoing'
      break
    case 'undone': {
      const step = at(steps, entry.ord)
      step.phase = 'undone'
      step.until = undefined
      step.note = entry.note
      state.stuck = undefined
      break
    }
    case 'stuck':
      state.stuck = { ord: entry.ord, error: entry.error }
      break
    case 'retry':
      state.stuck = undefined
      state.retriedAt = length
      for (const step of steps) if (step.attempts > 0) forget(step)
      break
    case 'signal':
      state.signals = [...state.signals, { name: entry.name, value: entry.value }]
      break
    case 'emit':
      state.emitted = { ...state.emitted, [entry.topic]: entry.nth }
      break
    case 'note': break
    case 'end': state.ended = entry.state
  }
  return state
}

function at(steps: Mutable<Step>[], ord: number): Mutable<Step> {
  const step = steps[ord]
  if (step === undefined) throw new RangeError(`log: no step ${ord} has started`)
  return step
}

function settle(step: Mutable<Step>, outcome: 'done' | 'failed', settledAt: number): void {
  step.phase = step.outcome = outcome
  step.until = undefined
  step.attempts = 0
  step.settledAt = settledAt
}

/** A wait for the next attempt is not waited for any more, and those before it do not count. */
function forget(step: Mutable<Step>): void {
  if (step.until === undefined) return
  step.until = undefined
  step.attempts = 0
}

/** `fold` without touching what it is given: for those that keep every state, such as a model checker. */
export function reduce(state: State, entry: Entry): State {
  return fold({ ...state, steps: state.steps.map((step) => ({ ...step })) }, entry)
}

/** The state that a whole log stands for. */
export function replay(log: readonly LogRecord[]): State {
  return log.reduce((state, record) => record.entries.reduce(fold, state), empty())
}
