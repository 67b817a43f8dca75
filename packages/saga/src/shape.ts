/** How a saga stands in its row, and whether this process may let go of it: when nothing can happen before something comes from outside. */
import type { Step } from './core/state.ts'
import type { Shape } from './journal.ts'
import type { Life } from './life.ts'

/** @param running something of it is under way here; @param finished its function has returned */
export function shapeOf({ journal: { state }, asks, row, house }: Life, running: boolean, finished: boolean): Shape {
  if (state.ended !== undefined) return { state: state.ended, release: { wakeAt: undefined } }
  if (state.stuck !== undefined) return running ? { state: 'stuck' } : { state: 'stuck', release: { wakeAt: undefined } }
  const forward = state.direction === 'forward'
  let idle = false
  let wakeAt = forward ? row.deadlineAt ?? Infinity : Infinity
  if (!running && asks.caughtUp) {
    for (const step of state.steps) {
      // What has begun and has no outcome, in the present direction.
      if (forward ? step.outcome !== undefined : step.phase !== 'undoing') continue
      idle = waits(step)
      if (!idle) break
      wakeAt = Math.min(wakeAt, step.until ?? Infinity)
    }
  }
  const name = forward ? (idle ? 'waiting' : 'running') : 'compensating'
  // A wait that is short is waited for here: taking it up again would cost more than keeping it.
  if (!idle || (finished && forward) || wakeAt - house.storeTime.latest() <= house.leaseMs / 2) return { state: name }
  return { state: name, release: { wakeAt: wakeAt === Infinity ? undefined : wakeAt } }
}

const waits = (step: Step): boolean => step.until !== undefined || step.type === 'signal' || step.type === 'child' || step.type === 'lock'
