/** An edit: one local change while it is being made. It hands out dots and the stamp, and remembers what to put back. */
import { MAX_SEQUENCE } from '../ground/defaults.ts'
import type { Edit } from './container.ts'

export type { Edit, Transaction } from './container.ts'

export function nextSeq(edit: Edit): number {
  if (edit.seq >= MAX_SEQUENCE) throw new RangeError(`An actor makes at most ${MAX_SEQUENCE} operations. Continue under a new actor id.`)
  return ++edit.seq
}
