/** A saga's row when it is made. */
import type { NewSaga, SagaRow } from '../ground/store.ts'

/** @param now the store's time in ms */
export function newRow(id: string, { name, input, owner, leaseMs, parent, deadlineMs, trace }: NewSaga, now: number): SagaRow {
  return {
    id, name, state: 'running', epoch: 1, owner, wakeAt: owner === undefined ? now : now + leaseMs, input, result: undefined, takes: 0,
    parent, deadlineAt: deadlineMs === undefined ? undefined : now + deadlineMs, trace, createdAt: now, updatedAt: now,
  }
}
