/**
 * A counter with a floor, alone: who adds holds the right to take as much away, and rights move between replicas, so no two can spend the same.
 * A state is a list of `[actor, Counts]`: in an actor's own row what it has counted, in the rows of others what it has given them.
 * (Balegas et al. 2015: Extending eventually consistent cloud databases for enforcing numeric invariants; O'Neil 1986: the escrow method.)
 */
import { addCount, checkCounts, countOf, joinCounts, zeroCounts, type Counts } from './counts.ts'
import { corrupt, CrdtError } from './ground/errors.ts'
import { checkActor, checkOptions, show } from './ground/options.ts'

/** What each actor has counted and given, all by itself: only it writes its line. Sorted by actor. */
export type Ledger = readonly (readonly [actor: string, given: Counts])[]

export const zeroLedger: Ledger = []

const givenBy = (ledger: Ledger, actor: string): Counts => ledger.find(([id]) => id === actor)?.[1] ?? zeroCounts
const givenTo = (given: Counts, actor: string): number => countOf(given.filter(([id]) => id === actor))

/** What an actor may take away: what it added and was given, less what it took and gave. Below zero where a ledger has heard of its gifts and not yet of what they came from. */
export function rightsOf(ledger: Ledger, actor: string): number {
  const given = givenBy(ledger, actor)
  return ledger.reduce((rights, [, line]) => rights + givenTo(line, actor), 0) - (countOf(given) - givenTo(given, actor))
}

/** What has been added and taken in all. */
export const sumOf = (ledger: Ledger): number => ledger.reduce((sum, [actor, given]) => sum + givenTo(given, actor), 0)

/** The delta of adding, or of taking where the actor has the rights. @throws CrdtError `no-rights` */
export function addToLedger(ledger: Ledger, actor: string, amount: number): Ledger {
  const delta = addCount(givenBy(ledger, actor), actor, amount)
  if (amount < 0) spend(ledger, actor, -amount)
  return [[actor, delta]]
}

/** The delta of giving rights to another actor. @throws CrdtError `no-rights` */
export function transferRights(ledger: Ledger, from: string, to: string, amount: number): Ledger {
  if (!Number.isSafeInteger(amount) || amount < 1) throw new RangeError(`A transfer moves whole numbers from 1 on; got ${show(amount)}.`)
  if (from === to) return zeroLedger
  spend(ledger, from, amount)
  return [[from, addCount(givenBy(ledger, from), checkActor(to), amount)]]
}

/** Commutative, associative, idempotent: line by line as counters join. Returns `a` itself when `b` brings nothing. */
export function joinLedgers(a: Ledger, b: Ledger): Ledger {
  const lines = new Map(a)
  let same = true
  for (const [actor, given] of b) {
    const mine = lines.get(actor) ?? zeroCounts
    const joined = joinCounts(mine, given)
    if (joined === mine) continue
    lines.set(actor, joined)
    same = false
  }
  return same ? a : [...lines].sort(([x], [y]) => (x < y ? -1 : 1))
}

export interface BoundedCounter {
  /** `min` and what has been added and taken away in all; never below `min`. */
  readonly value: number
  /** What may be taken away here, without asking anybody. */
  readonly rights: number
  state(): Ledger
  rightsOf(actor: string): number
  /** Counts here and returns the delta for the others. @throws CrdtError `no-rights` when more is taken than there are rights here */
  add(amount: number): Ledger
  /** Gives rights to another replica, and returns the delta by which it learns of them. @throws CrdtError `no-rights` */
  transfer(actor: string, amount: number): Ledger
  /** Takes in a delta or a state; whether it was new. Throws `CrdtError` on what is none, with nothing changed. */
  join(delta: Ledger): boolean
}

export interface BoundedCounterHandleOptions {
  /** The value never falls below it. Default 0. */
  readonly min?: number
  readonly state?: Ledger
}

/** `actor` names this replica; no other may use it. Every replica names the same `min`. */
export function boundedCounter(actor: string, options: BoundedCounterHandleOptions = {}): BoundedCounter {
  checkActor(actor)
  checkOptions(options, ['min', 'state'], 'boundedCounter')
  const { min = 0, state = zeroLedger } = options
  if (!Number.isSafeInteger(min)) throw new RangeError(`\`min\` is a whole number; got ${show(min)}.`)
  let own = joinLedgers(zeroLedger, checked(state))
  const apply = (delta: Ledger): Ledger => {
    own = joinLedgers(own, delta)
    return delta
  }
  return {
    get value() { return min + sumOf(own) },
    get rights() { return rightsOf(own, actor) },
    state: () => own,
    rightsOf: (other) => rightsOf(own, other),
    add: (amount) => apply(addToLedger(own, actor, amount)),
    transfer: (to, amount) => apply(transferRights(own, actor, to, amount)),
    join(delta) {
      const before = own
      apply(checked(delta))
      return own !== before
    },
  }
}

function spend(ledger: Ledger, actor: string, amount: number): void {
  const rights = rightsOf(ledger, actor)
  if (amount > rights) throw new CrdtError('no-rights', `${amount} need as many rights of '${actor}'; there are ${rights}. Ask another replica to transfer some, or add first.`)
}

function checked(ledger: Ledger): Ledger {
  if (!Array.isArray(ledger) || !ledger.every((line) => Array.isArray(line) && typeof line[0] === 'string' && line[0] !== '')) throw corrupt('they are no lines of [actor, counts]')
  for (const [, given] of ledger) checkCounts(given)
  return ledger
}
