/** What stores with tables say of a saga's row. */
import type { NewSaga, SagaRow } from '../ground/store.ts'
import type { SagaState } from '../ground/types.ts'

/** As it is made. @param now the store's time in ms */
export function newRow(id: string, { name, input, owner, leaseMs, parent, deadlineMs, trace }: NewSaga, now: number): SagaRow {
  return {
    id, name, state: 'running', epoch: 1, owner, wakeAt: owner === undefined ? now : now + leaseMs, input, result: undefined, takes: 0,
    parent, deadlineAt: deadlineMs === undefined ? undefined : now + deadlineMs, trace, createdAt: now, updatedAt: now,
  }
}

/** Which of its statements lists sagas of a state. What has ended is nearly everything that there is, so the others are each found through an index that leaves it out. */
export function listingOf(state: SagaState | null): 'list' | 'listRunning' | 'listParked' {
  if (state === null || state === 'completed' || state === 'compensated') return 'list'
  return state === 'running' ? 'listRunning' : 'listParked'
}
