import type { World } from '../../../packages/chaos/src/index.ts'
import { must as claim } from '../campaign.ts'

interface Account {
  /** Steps whose effect stands now. */
  readonly standing: string[]
  /** Steps whose undo has happened, in that order. */
  readonly undone: string[]
  /** Steps that were ever asked for: only these may be undone. */
  readonly ran: string[]
  readonly keys: Map<string, string>
  epoch: number
  napFrom: number | undefined
}

/** The services that sagas talk to: idempotent by key, fenced by epoch, and the oracle of what really happened. */
export interface Ledger {
  fail(error: unknown): void
  readonly acknowledged: Set<string>
  apply(saga: string, step: string, key: string, epoch: number): string
  revert(saga: string, step: string, key: string, epoch: number): void
  /** Whether the effect has happened and was not taken back. */
  stands(saga: string, step: string): boolean
  napBegins(saga: string): void
  /** `due`: what the log says, by the store's clock. */
  napEnds(saga: string, ms: number, due: number, storeNow: number): void
  /** What must have been left of a saga that has ended. */
  settled(saga: string, state: string, steps: readonly string[]): void
}

export function createLedger(world: World): Ledger {
  const accounts = new Map<string, Account>()
  const owners = new Map<string, string>()

  /** An engine takes what a service throws for that service's failure, so what is wrong here must fail the run as well. */
  function must(holds: boolean, expected: () => string): void {
    try {
      claim(holds, expected)
    } catch (error) {
      world.fail(error)
      throw error
    }
  }

  function account(saga: string, epoch: number): Account {
    let found = accounts.get(saga)
    if (found === undefined) accounts.set(saga, (found = { standing: [], undone: [], ran: [], keys: new Map(), epoch: 0, napFrom: undefined }))
    if (epoch < found.epoch) {
      world.sometimes('a stale worker is fenced')
      throw new Error(`a service has seen epoch ${found.epoch} of '${saga}' and refuses epoch ${epoch}`)
    }
    found.epoch = epoch
    return found
  }

  /** Invariant 3: one key for one effect, the same at every attempt and in every life. */
  function keyed(held: Account, saga: string, effect: string, key: string): void {
    const before = held.keys.get(effect)
    must(before === undefined || before === key, () => `the key of '${effect}' of '${saga}' to stay ${before}, got ${key}`)
    const owner = owners.get(key)
    must(owner === undefined || owner === `${saga} ${effect}`, () => `the key ${key} to belong to ${owner} alone, got it from '${saga}' ${effect}`)
    held.keys.set(effect, key)
    owners.set(key, `${saga} ${effect}`)
  }

  return {
    acknowledged: new Set(),
    fail: world.fail,
    apply(saga, step, key, epoch) {
      const held = account(saga, epoch)
      keyed(held, saga, `do ${step}`, key)
      must(!held.undone.includes(step), () => `'${step}' of '${saga}' not to run after its undo`)
      if (!held.ran.includes(step)) held.ran.push(step)
      if (!held.standing.includes(step)) held.standing.push(step)
      return `${step} of ${saga}`
    },
    revert(saga, step, key, epoch) {
      const held = account(saga, epoch)
      keyed(held, saga, `undo ${step}`, key)
      if (!held.ran.includes(step)) world.sometimes('an undo meets an unknown outcome')
      if (held.undone.includes(step)) return
      // Invariant 2: in reverse order, so nothing that came later may still stand.
      const later = held.standing.slice(held.standing.indexOf(step) + 1)
      must(!held.standing.includes(step) || later.length === 0, () => `'${step}' of '${saga}' to be undone after ${later.join(', ')}`)
      held.undone.push(step)
      if (held.standing.includes(step)) held.standing.splice(held.standing.indexOf(step), 1)
    },
    stands: (saga, step) => accounts.get(saga)?.standing.includes(step) === true,
    napBegins(saga) {
      const held = account(saga, accounts.get(saga)?.epoch ?? 0)
      held.napFrom ??= world.now
    },
    napEnds(saga, ms, due, storeNow) {
      // Invariant 6: a timer is never early, in whatever life it rings. The wait is counted by a life's clock, which may drift; its end is the store's word.
      const from = accounts.get(saga)?.napFrom ?? 0
      must(world.now - from >= ms * 0.99, () => `a sleep of ${ms} ms in '${saga}' not to end after ${world.now - from}`)
      must(storeNow >= due, () => `a sleep in '${saga}' not to end at ${storeNow} by the store's clock, when it is due at ${due}`)
    },
    settled(saga, state, steps) {
      const { standing = [], undone = [] } = accounts.get(saga) ?? {}
      if (state === 'completed') must(standing.join() === steps.join() && undone.length === 0, () => `'${saga}' to have completed with every effect, got ${standing.join() || 'none'}, undone ${undone.join() || 'none'}`)
      else must(standing.length === 0, () => `'${saga}' to have taken back every effect, still there: ${standing.join()}`)
    },
  }
}
