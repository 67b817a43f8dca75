/** How a saga stands in its row, and whether this process may let go of it: when nothing can happen before something comes from outside. */
import type { State, Step } from './core/state.ts'
import type { Patch } from './ground/store.ts'
import type { SagaState } from './ground/types.ts'
import type { Life } from './life.ts'

export interface Shape {
  readonly state: SagaState
  readonly release?: Patch['release'] | undefined
}

/** @param running something of it is under way here; @param finished its function has returned */
export function shapeOf({ journal: { state }, asks, row, house }: Life, running: boolean, finished: boolean): Shape {
  if (state.ended !== undefined) return { state: state.ended, release: { wakeAt: undefined } }
  if (state.stuck !== undefined) return running ? { state: 'stuck' } : { state: 'stuck', release: { wakeAt: undefined } }
  const forward = state.direction === 'forward'
  const open = opened(state)
  const idle = !running && asks.caughtUp() && open.length > 0 && open.every(waits)
  const name = forward ? (idle ? 'waiting' : 'running') : 'compensating'
  if (!idle || (finished && forward)) return { state: name }
  const wakeAt = Math.min(...open.map((step) => step.until ?? Infinity), forward ? row.deadlineAt ?? Infinity : Infinity)
  // A wait that is short is waited for here: taking it up again would cost more than keeping it.
  if (wakeAt - house.storeTime.latest() <= house.leaseMs / 2) return { state: name }
  return { state: name, release: { wakeAt: wakeAt === Infinity ? undefined : wakeAt } }
}

/** What has begun and has no outcome, in the present direction. */
function opened(state: State): readonly Step[] {
  return state.steps.filter((step) => (state.direction === 'back' ? step.phase === 'undoing' : step.outcome === undefined))
}

const waits = (step: Step): boolean => step.until !== undefined || step.type === 'signal' || step.type === 'child' || step.type === 'lock'
