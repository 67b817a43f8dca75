/** What a saga owes, and what comes next on the way back: `owed(state)`, `next(state, running)`. The same rules serve compensation and the tidying before completion. */
import type { State, Step } from './state.ts'

export type UndoOrder = 'reverse' | 'causal'

export type Command =
  /** Something that began is still running, or waits for its next attempt: settle that first. */
  | { readonly do: 'wait' }
  | { readonly do: 'undo'; readonly ords: readonly number[] }
  | { readonly do: 'end' }

/**
 * Whether `step` must be undone before the saga ends. On the way back: everything that started and may have had an effect. When the saga
 * completes: only what the saga was told had run out of time, because nobody else knows that it may have happened.
 */
export function owes(step: Step, direction: State['direction']): boolean {
  if (!step.undo || step.phase === 'undone' || step.nothing) return false
  // A transaction has its outcome in the log or did not happen.
  if (step.type === 'tx' && step.outcome !== 'done') return false
  return direction === 'back' || step.unknown
}

/** The steps that are owed an undo, last started first. */
export function owed(state: State): readonly Step[] {
  return state.steps.filter((step) => owes(step, state.direction)).reverse()
}

/**
 * The next thing to do once the function can go no further. `running`: steps whose action or undo has not settled; `now`: the store's time.
 * `reverse`: one at a time, last started first (Garcia-Molina & Salem 1987). `causal`: a step's undo waits only for the undos of steps that
 * started after it was done, so what ran side by side is undone side by side.
 */
export function next(state: State, running: ReadonlySet<number>, order: UndoOrder, now: number): Command {
  const waits = (step: Step): boolean => step.until !== undefined && step.until > now
  const left = owed(state)
  if (left.length === 0) return running.size > 0 ? { do: 'wait' } : { do: 'end' }
  // Nothing is undone while something that began may still begin something else.
  for (const ord of running) if (state.steps[ord]?.phase !== 'undoing') return { do: 'wait' }
  if (order === 'reverse') {
    const last = left[0] as Step
    return running.size > 0 || waits(last) ? { do: 'wait' } : { do: 'undo', ords: [last.ord] }
  }
  const free = left.filter((step) => !left.some((other) => other.ord !== step.ord && followed(step, other)))
  const ords = free.filter((step) => !running.has(step.ord) && !waits(step)).map((step) => step.ord)
  return ords.length === 0 ? { do: 'wait' } : { do: 'undo', ords }
}

/** Whether `other` may have built on what `step` did. */
function followed(step: Step, other: Step): boolean {
  return other.startedAt > step.startedAt && (step.settledAt === undefined || other.startedAt > step.settledAt)
}
