/** A saga's state as a fold over its log: `reduce(state, entry) → state`. No clock, no I/O; the same log gives the same state in every life. */
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
  readonly value?: string
  readonly error?: Failure
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
  readonly note?: string
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

export const EMPTY: State = {
  direction: 'forward', steps: [], pivoted: false, cancelled: undefined, cause: undefined, stuck: undefined, ended: undefined, retriedAt: undefined, signals: [], emitted: {}, length: 0,
}

/** The state after one more entry. An entry that cannot follow is an error: the log was not written by this machine. */
export function reduce(state: State, entry: Entry): State {
  const length = state.length + 1
  switch (entry.kind) {
    case 'intent': {
      if (entry.ord !== state.steps.length) throw new RangeError(`log: expected step ${state.steps.length}, came ${entry.ord}`)
      const step: Step = {
        ord: entry.ord, name: entry.name, type: entry.type ?? 'step', phase: 'started', outcome: undefined, undo: entry.undo === true, pivot: entry.pivot === true,
        nothing: false, unknown: false, attempts: 0, until: entry.until, startedAt: state.length, settledAt: undefined,
      }
      return { ...state, steps: [...state.steps, step], length }
    }
    case 'done': {
      const step = at(state, entry.ord)
      const taken = step.type === 'signal' ? state.signals.findIndex((each) => each.name === step.name) : -1
      return {
        ...settle(state, entry.ord, { phase: 'done', outcome: 'done', value: entry.value, until: undefined, attempts: 0, settledAt: state.length }),
        pivoted: state.pivoted || step.pivot,
        cancelled: step.pivot ? undefined : state.cancelled,
        signals: taken < 0 ? state.signals : state.signals.toSpliced(taken, 1),
      }
    }
    case 'failed':
      return settle(state, entry.ord, {
        phase: 'failed', outcome: 'failed', error: entry.error, nothing: entry.nothing === true, unknown: entry.unknown === true, until: undefined, attempts: 0, settledAt: state.length,
      })
    case 'later': return settle(state, entry.ord, { attempts: entry.attempt, until: entry.until, error: entry.error })
    // Undone before it succeeded: the undo had nothing to take back, so it is owed again.
    case 'late': return settle(state, entry.ord, { value: entry.value, ...(at(state, entry.ord).phase === 'undone' ? { phase: 'done' as const } : {}) })
    case 'cancel': return { ...state, cancelled: entry.cause, length }
    case 'back': {
      const steps = state.steps.map((step) => (step.until === undefined ? step : { ...step, until: undefined, attempts: 0 }))
      return { ...state, direction: 'back', steps, cancelled: undefined, cause: entry.cause, ended: undefined, length }
    }
    case 'undo-intent': return settle(state, entry.ord, { phase: 'undoing' })
    case 'undone':
      return { ...settle(state, entry.ord, { phase: 'undone', until: undefined, ...(entry.note === undefined ? {} : { note: entry.note }) }), stuck: undefined }
    case 'stuck': return { ...state, stuck: { ord: entry.ord, error: entry.error }, length }
    case 'retry': {
      const steps = state.steps.map((step) => (step.until !== undefined && step.attempts > 0 ? { ...step, attempts: 0, until: undefined } : step))
      return { ...state, steps, stuck: undefined, retriedAt: state.length, length }
    }
    case 'signal': return { ...state, signals: [...state.signals, { name: entry.name, value: entry.value }], length }
    case 'emit': return { ...state, emitted: { ...state.emitted, [entry.topic]: entry.nth }, length }
    case 'note': return { ...state, length }
    case 'end': return { ...state, ended: entry.state, length }
  }
}

/** The state that a whole log stands for. */
export function replay(log: readonly LogRecord[]): State {
  return log.reduce((state, record) => record.entries.reduce(reduce, state), EMPTY)
}

function at(state: State, ord: number): Step {
  const step = state.steps[ord]
  if (step === undefined) throw new RangeError(`log: no step ${ord} has started`)
  return step
}

function settle(state: State, ord: number, change: Partial<Step>): State {
  return { ...state, steps: state.steps.with(ord, { ...at(state, ord), ...change }), length: state.length + 1 }
}
