/** Moves what is alive from one store to another: from a file on one machine to a server for many, without losing a saga on the way. */
import { replay } from './core/state.ts'
import { StoreError } from './ground/errors.ts'
import type { Loaded, SagaRow, Store } from './ground/store.ts'

const OWNER = 'migration'
const PAGE = 100
/** Long enough that nobody takes a saga back while it is on its way. */
const LEASE_MS = 3_600_000

/**
 * Takes every live saga of `from` under a new epoch, so that workers there can write no more of it, and makes it in `to` as it stands. Completed children
 * go with it: their parents may want them undone. Safe to repeat: what has arrived is not moved again. Workers of `from` may run; they lose their leases.
 * @returns how many sagas were moved
 * @throws StoreError if messages of `from` have not been handed on: a saga's messages must not overtake each other
 */
export async function migrate(from: Store, to: Store): Promise<number> {
  const waiting = (await from.outbox?.({ owner: OWNER, leaseMs: 1, limit: 1 })) ?? []
  if (waiting.length > 0) throw new StoreError('migrate: expected an empty outbox in the old store; run an engine with a relay on it until it is')
  const rows: SagaRow[] = []
  for (let after: string | undefined; ;) {
    const page = await from.list({ after, limit: PAGE })
    rows.push(...page.filter((row) => row.state !== 'compensated' && (row.state !== 'completed' || row.parent !== undefined)))
    if (page.length < PAGE) break
    after = page.at(-1)?.id
  }
  const moving: { readonly loaded: Loaded; readonly locks: readonly string[]; readonly holds: boolean }[] = []
  for (const { id } of rows) {
    const before = await from.read(id)
    const taken = (await from.take({ names: [], owner: OWNER, leaseMs: LEASE_MS, limit: 1, ids: [id] })).sagas[0]
    if (before === undefined || taken === undefined) continue
    const locks = replay(taken.log).steps.filter((step) => step.type === 'lock' && step.outcome !== 'failed')
    // What was held is free to be taken at once; what waited goes on waiting.
    const wakeAt = before.row.owner === undefined ? before.row.wakeAt : before.row.createdAt
    moving.push({
      loaded: { ...taken, row: { ...taken.row, owner: undefined, wakeAt, takes: before.row.takes } },
      locks: locks.map((step) => step.name), holds: locks.some((step) => step.outcome === 'done'),
    })
  }
  // Those that hold a lock come before those that wait for it.
  moving.sort((a, b) => Number(b.holds) - Number(a.holds))
  let moved = 0
  for (const { loaded, locks } of moving) if (await to.adopt(loaded, locks)) moved += 1
  // Gone for good: nobody holds them there and nothing will wake them.
  for (const { loaded: { row } } of moving) await from.commit([{ id: row.id, epoch: row.epoch, seq: 0, entries: [], patch: { release: { wakeAt: undefined } } }])
  return moved
}
