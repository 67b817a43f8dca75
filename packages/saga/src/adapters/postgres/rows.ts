/** How writes become columns, and rows become what the engine knows. */
import type { Entry, Letter, LogRecord, Mail } from '../../ground/log.ts'
import type { SagaRow, Write } from '../../ground/store.ts'
import type { SagaState } from '../../ground/types.ts'

export type Row = Record<string, unknown>

const NO_LEASE = 0

const ENDS: readonly unknown[] = ['completed', 'compensated', 'stuck']

/** Whether another process may care: a letter, a lock's heir, a saga that anybody may take at once, or the end of one that was begun elsewhere. */
export function concernsOthers({ post, unlock, create, patch, epoch }: Write): boolean {
  return post !== undefined || unlock === true || (create !== undefined && create.owner === undefined) || patch?.release?.wakeAt === 0
    || (epoch > 1 && ENDS.includes(patch?.state))
}

export const isRich = (write: Write): boolean => write.read !== undefined || write.post !== undefined || write.emit !== undefined || write.lock !== undefined || write.unlock === true
export const entriesOf = (write: Write): string | null => (write.entries.length === 0 ? null : JSON.stringify(write.entries))
export const leaseOf = ({ create }: Write): number => (create?.owner === undefined ? NO_LEASE : create.leaseMs)

/** The writes as columns for `many`; `release` is null where a row is only fenced, not changed. */
export function columnsOf(writes: readonly Write[]): unknown[] {
  const column = (value: (write: Write) => unknown): unknown[] => writes.map((write) => value(write) ?? null)
  return [
    column((w) => w.id), column((w) => w.epoch), column((w) => w.seq), column(entriesOf), column((w) => w.patch?.state), column((w) => w.patch?.result),
    column((w) => w.patch?.takes), column((w) => (w.patch === undefined ? null : w.patch.release !== undefined)), column((w) => w.patch?.release?.wakeAt), column((w) => w.read ?? 0),
    column((w) => w.create?.name), column((w) => w.create?.owner), column((w) => (w.create === undefined ? null : leaseOf(w))), column((w) => w.create?.input),
    column((w) => w.create?.parent?.id), column((w) => w.create?.parent?.ord), column((w) => w.create?.deadlineMs), column((w) => w.create?.trace),
  ]
}

export const recordOf = (row: Row): LogRecord => ({ seq: row['seq'] as number, at: row['at'] as number, entries: JSON.parse(row['entries'] as string) as Entry[] })
export const letterOf = (row: Row): Mail => ({ saga: row['saga'] as string, number: row['number'] as number, letter: JSON.parse(row['letter'] as string) as Letter })

export function rowOf(row: Row): SagaRow {
  const text = (name: string): string | undefined => (row[name] as string | null) ?? undefined
  const number = (name: string): number | undefined => (row[name] as number | null) ?? undefined
  return {
    id: row['id'] as string, name: row['name'] as string, state: row['state'] as SagaState, epoch: row['epoch'] as number, owner: text('owner'), wakeAt: number('wake_at'),
    input: row['input'] as string, result: text('result'), takes: row['takes'] as number, parent: row['parent'] === null ? undefined : { id: row['parent'] as string, ord: row['parent_ord'] as number },
    deadlineAt: number('deadline_at'), trace: text('trace'), createdAt: row['created_at'] as number, updatedAt: row['updated_at'] as number,
  }
}
