import { maxDebt, sweepAbove } from '../ground/defaults.ts'
import type { Decision } from '../ground/types.ts'
import type { Bandwidth } from './bandwidth.ts'
import { answer, drained } from './decide.ts'
import { sipHash, type HashKey } from './hash.ts'
import { Table } from './table.ts'

const newcomer = -1

export interface LedgerOptions {
  readonly maxKeys: number
  readonly sharedBuckets: number
  readonly hashKey: HashKey
}

/**
 * Who owes how much. One number per key and bandwidth: `time · drain + debt`, the scaled instant at which the bucket is full (GCRA's
 * theoretical arrival time, in units where it is whole). Time is counted from `#originMs`, which moves before a sum could reach 2^53.
 *
 * At `maxKeys` a newcomer shares a bucket with whoever hashes there: memory stays bounded, and no key that has spent is forgotten.
 */
export class Ledger {
  readonly bandwidths: readonly Bandwidth[]
  /** The debts of the key that was read last. */
  readonly debts: Float64Array
  /** Reads that ended in a shared bucket. */
  shared = 0
  readonly #options: LedgerOptions
  readonly #table: Table
  /** The longest time after #originMs for which time · drain stays within 2^52. */
  readonly #horizonMs: number
  readonly #fullMs: number
  /** Absent until the table first was full. */
  #sharedAt: number | undefined
  #originMs = 0
  #elapsedMs = 0
  #readMs: number
  /** Added to the clock after it stepped back by more than a bucket takes to fill. */
  #offsetMs = 0

  constructor(bandwidths: readonly Bandwidth[], options: LedgerOptions, nowMs: number) {
    this.bandwidths = bandwidths
    this.debts = new Float64Array(bandwidths.length)
    this.#options = options
    this.#table = new Table(bandwidths.length, options.maxKeys, options.sharedBuckets)
    this.#horizonMs = Math.min(...bandwidths.map(({ drain }) => Math.floor(maxDebt / drain)))
    this.#fullMs = Math.max(...bandwidths.map(({ fullMs }) => fullMs))
    this.#readMs = Number.isFinite(nowMs) ? Math.floor(nowMs) : 0
    this.#originMs = this.#readMs
  }

  get size(): number {
    return this.#table.slots.size
  }

  /** Milliseconds since the ledger was opened, which never go back. */
  get timeMs(): number {
    return this.#originMs + this.#elapsedMs
  }

  /**
   * Moves time to the clock's reading and returns by how much the clock went back (0 as a rule). A clock that flaps mints nothing: time
   * stands still until it catches up. One that went back by more than a bucket takes to fill is followed from there, debts kept.
   */
  advance(clockMs: number): number {
    const readMs = Math.floor(clockMs) + this.#offsetMs
    return readMs === this.#readMs ? 0 : this.#move(readMs)
  }

  /** Fills `debts` with those of the key and returns its slot, or -1 for a key without one. */
  read(key: string): number {
    const slot = this.#table.slots.get(key) ?? newcomer
    if (slot === newcomer && this.#isCrowded) return this.#crowd(key)
    this.#fill(slot)
    return slot
  }

  /** Adds a cost to the debts that were read. The caller has checked that they stay within 2^52. */
  write(key: string, slot: number, cost: number): void {
    const held = slot === newcomer ? this.#claim(key) : slot
    const { bandwidths, debts } = this
    const { values } = this.#table
    const at = held * bandwidths.length
    for (let index = 0; index < bandwidths.length; index += 1) {
      const { weight, drain } = bandwidths[index]!
      values[at + index] = this.#elapsedMs * drain + debts[index]! + cost * weight
    }
  }

  /**
   * `read`, `decide` and `write` in one go under a single limit, the common case: the same sums, without the loops. Nothing for a newcomer
   * to a table that is full or was.
   */
  takeOne(key: string, cost: number): Decision | undefined {
    const slot = this.#table.slots.get(key)
    if (slot === undefined) return this.#enter(key, cost)
    const { values } = this.#table
    const bandwidth = this.bandwidths[0]!
    const level = this.#elapsedMs * bandwidth.drain
    const value = values[slot]!
    const debt = value > level ? value - level : 0
    const decision = answer(bandwidth, debt, cost, 0)
    if (decision.allowed) values[slot] = level + debt + cost * bandwidth.weight
    return decision
  }

  forget(key: string): void {
    this.#table.remove(key)
  }

  /** Drops every key whose bucket is full. */
  sweep(): number {
    return this.#table.sweep(Infinity, this.#isFull)
  }

  /** Every key with its debts, for a ledger with other limits to start from. */
  *entries(): Generator<readonly [key: string, debts: readonly number[]]> {
    for (const [key, slot] of this.#table.slots) {
      this.#fill(slot)
      yield [key, [...this.debts]]
    }
  }

  #fill(slot: number): void {
    const { bandwidths, debts } = this
    const { values } = this.#table
    const at = slot * bandwidths.length
    for (let index = 0; index < bandwidths.length; index += 1) {
      const owed = slot === newcomer ? 0 : values[at + index]! - this.#elapsedMs * bandwidths[index]!.drain
      debts[index] = owed > 0 ? owed : 0
    }
  }

  readonly #isFull = (slot: number): boolean => {
    const { values } = this.#table
    const at = slot * this.bandwidths.length
    return this.bandwidths.every(({ drain }, index) => values[at + index]! <= this.#elapsedMs * drain)
  }

  /** `advance` when the millisecond is another one: apart, so that what every call does stays small. */
  #move(readMs: number): number {
    if (readMs > this.#readMs && readMs < Number.MAX_SAFE_INTEGER) {
      this.#readMs = readMs
      this.#elapsedMs = readMs - this.#originMs
      if (this.#elapsedMs > this.#horizonMs) this.#moveOrigin()
      return 0
    }
    const backMs = this.#readMs - readMs
    if (!(backMs > this.#fullMs && backMs < Number.MAX_SAFE_INTEGER)) return 0
    this.#offsetMs += backMs
    return backMs
  }

  /** `takeOne` for a newcomer, apart so that what is done for every known key stays small enough to be compiled in one piece. */
  #enter(key: string, cost: number): Decision | undefined {
    if (this.#isCrowded) return undefined
    const bandwidth = this.bandwidths[0]!
    const decision = answer(bandwidth, 0, cost, 0)
    if (decision.allowed && cost > 0) {
      const slot = this.#claim(key)
      this.#table.values[slot] = this.#elapsedMs * bandwidth.drain + cost * bandwidth.weight
    }
    return decision
  }

  get #isCrowded(): boolean {
    return this.#sharedAt !== undefined || this.size >= this.#options.maxKeys
  }

  /** A claim looks at two other keys in passing and drops those whose bucket is full, so the table follows the live keys without a timer. */
  #claim(key: string): number {
    if (this.size >= sweepAbove) this.#table.sweep(2, this.#isFull)
    return this.#table.claim(key)
  }

  /** The table is full or was. A newcomer that finds room starts with the debt of the bucket it may have shared until now. */
  #crowd(key: string): number {
    if (this.size >= this.#options.maxKeys) this.#table.sweep(16, this.#isFull)
    this.#sharedAt ??= this.#table.reserveShared()
    const slot = this.#sharedAt + (sipHash(key, this.#options.hashKey)[0] % this.#options.sharedBuckets)
    this.#fill(slot)
    if (this.size < this.#options.maxKeys) return newcomer
    this.shared += 1
    return slot
  }

  #moveOrigin(): void {
    const { values } = this.#table
    const width = this.bandwidths.length
    for (let index = 0; index < values.length; index += 1) {
      const value = values[index]!
      if (value > 0) values[index] = drained(value, this.#elapsedMs, this.bandwidths[index % width]!.drain)
    }
    this.#originMs += this.#elapsedMs
    this.#elapsedMs = 0
  }
}
