import { leastRows } from '../ground/defaults.ts'
import type { Decision } from '../ground/types.ts'
import type { Bandwidth } from './bandwidth.ts'
import { decide, drained } from './decide.ts'
import { sipHash, type HashKey } from './hash.ts'
import type { Time } from './time.ts'

const newcomer = -1

export interface LedgerOptions {
  readonly maxKeys: number
  readonly sharedBuckets: number
  readonly hashKey: HashKey
  readonly time: Time
}

/**
 * Who owes how much: a Map from key to row and one array of numbers, about 48 bytes a key under one limit. A row is the millisecond at
 * which it was written and what was owed then to each limit, the same pair as in every store. Rows are given out in order, without gaps.
 *
 * A key whose bucket is full again owes nothing and needs no row. When no row is left, and those are a quarter or more (at `maxKeys` a
 * sixteenth), the others get a new Map: that costs what is kept, and not a look at each key that goes. No timer, and nothing to do for a take.
 *
 * At `maxKeys` a newcomer shares a bucket with whoever hashes there: memory stays bounded, and no key that has spent is forgotten.
 */
export class Ledger {
  readonly bandwidths: readonly Bandwidth[]
  /** Milliseconds until the slowest of the buckets is full from empty. */
  readonly fullMs: number
  /** The debts of the key that was read or written last. */
  readonly debts: Float64Array
  /** Reads that ended in a shared bucket. */
  shared = 0
  readonly #options: LedgerOptions
  readonly #time: Time
  readonly #width: number
  #slots = new Map<string, number>()
  /** Row `slot` begins at `slot · width`. The shared ones lie behind `maxKeys`, once there are any. */
  #rows: Float64Array
  /** Newcomers to come until a full table is looked through again. */
  #patience = 0

  constructor(bandwidths: readonly Bandwidth[], options: LedgerOptions) {
    this.bandwidths = bandwidths
    this.debts = new Float64Array(bandwidths.length)
    this.fullMs = Math.max(...bandwidths.map(({ capacity, drain }) => Math.ceil(capacity / drain)))
    this.#options = options
    this.#time = options.time
    this.#width = bandwidths.length + 1
    this.#rows = new Float64Array(Math.min(64, options.maxKeys) * this.#width)
  }

  get size(): number {
    return this.#slots.size
  }

  /** Fills `debts` with those of the key and returns its slot, or -1 for a key without one. */
  read(key: string): number {
    const slot = this.#slots.get(key)
    return slot === undefined ? this.#meet(key) : this.#fill(slot)
  }

  /** Adds a cost to the debts that were read; a refund is a cost of less than nothing. The caller has checked that they stay within 2^52. */
  write(key: string, slot: number, cost: number): void {
    let at = (slot === newcomer ? this.#claim(key) : slot) * this.#width
    this.#rows[at] = this.#time.nowMs
    for (let index = 0; index < this.bandwidths.length; index += 1) {
      at += 1
      this.#rows[at] = this.debts[index] = drained(this.debts[index]!, -cost, this.bandwidths[index]!.weight)
    }
  }

  /** Takes if it fits. */
  take(key: string, cost: number): Decision {
    const slot = this.read(key)
    const decision = decide(this.bandwidths, this.debts, cost)
    if (decision.allowed && cost > 0) this.write(key, slot, cost)
    return decision
  }

  /**
   * `take` in one go under a single limit, the common case: the sums of `answer` once more, written out without a loop or a call, so that a
   * take is compiled into its caller in one piece. A caller that only asks whether it is allowed then pays for no object.
   */
  takeOne(key: string, cost: number): Decision {
    const bandwidth = this.bandwidths[0]!
    const slot = this.#slots.get(key) ?? this.#enter(key, cost, bandwidth)
    if (slot === newcomer) return this.take(key, cost)
    const { weight, drain, capacity } = bandwidth
    const rows = this.#rows
    const at = slot * 2
    const { nowMs } = this.#time
    const left = rows[at + 1]! - (nowMs - rows[at]!) * drain
    const owed = left > 0 ? left : 0
    const after = owed + cost * weight
    const fits = after <= capacity
    if (fits) {
      rows[at] = nowMs
      rows[at + 1] = after
    }
    const debt = fits ? after : owed
    const never = cost > bandwidth.burst
    return {
      allowed: fits,
      reason: fits ? 'ok' : never ? 'impossible' : 'limit',
      remaining: debt < capacity ? Math.floor((capacity - debt) / weight) : 0,
      limit: bandwidth.limit,
      retryAfterMs: fits ? 0 : never ? Infinity : Math.ceil((after - capacity) / drain),
      resetAfterMs: Math.ceil(debt / drain),
      policy: bandwidth.name,
    }
  }

  /** Fills the key's own bucket. */
  forget(key: string): void {
    const at = (this.#slots.get(key) ?? newcomer) * this.#width
    if (at >= 0) this.#rows.fill(0, at, at + this.#width)
  }

  /** Drops every key whose bucket is full, and says how many. O(keys). */
  sweep(): number {
    const { size } = this
    const slots = new Map<string, number>()
    for (const [key, slot] of this.#slots) {
      if (this.#isFull(slot)) continue
      this.#rows.copyWithin(slots.size * this.#width, slot * this.#width, (slot + 1) * this.#width)
      slots.set(key, slots.size)
    }
    this.#slots = slots
    return size - slots.size
  }

  /** Every key with its debts, for a ledger with other limits to start from. */
  *entries(): Generator<readonly [key: string, debts: readonly number[]]> {
    for (const [key, slot] of this.#slots) {
      this.#fill(slot)
      yield [key, [...this.debts]]
    }
  }

  #fill(slot: number): number {
    let at = slot * this.#width
    const elapsedMs = this.#time.nowMs - this.#rows[at]!
    for (let index = 0; index < this.bandwidths.length; index += 1) {
      at += 1
      this.debts[index] = drained(this.#rows[at]!, elapsedMs, this.bandwidths[index]!.drain)
    }
    return slot
  }

  #isFull(slot: number): boolean {
    const at = slot * this.#width
    const elapsedMs = this.#time.nowMs - this.#rows[at]!
    return this.bandwidths.every(({ drain }, index) => this.#rows[at + index + 1]! <= elapsedMs * drain)
  }

  /** A key without a row owes nothing, or what the bucket owes that it has to share. */
  #meet(key: string): number {
    const { maxKeys, sharedBuckets, hashKey } = this.#options
    if (this.size >= maxKeys) {
      this.#patience -= 1
      if (this.#patience < 0) this.#makeRoom(1 / 16)
      this.#extend(maxKeys + sharedBuckets)
    }
    if (this.#rows.length <= maxKeys * this.#width) {
      this.debts.fill(0)
      return newcomer
    }
    const slot = this.#fill(maxKeys + (sipHash(key, hashKey)[0] % sharedBuckets))
    // A newcomer that finds room starts with the debt of the bucket that it may have shared until now.
    if (this.size < maxKeys) return newcomer
    this.shared += 1
    return slot
  }

  /** A row for a key that is going to owe something, if there is one and nobody else's debt to begin with. */
  #enter(key: string, cost: number, { burst }: Bandwidth): number {
    const { maxKeys } = this.#options
    if (this.size >= maxKeys || this.#rows.length > maxKeys * 2 || cost === 0 || cost > burst) return newcomer
    const slot = this.#claim(key)
    this.#rows.fill(0, slot * 2, slot * 2 + 2)
    return slot
  }

  #claim(key: string): number {
    const { maxKeys } = this.#options
    if ((this.size + 1) * this.#width > this.#rows.length) {
      if (this.size >= leastRows) this.#makeRoom(1 / 4)
      this.#extend(Math.min(this.size * 2, maxKeys))
    }
    const slot = this.size
    this.#slots.set(key, slot)
    return slot
  }

  /** Drops the keys whose bucket is full, if they are such a share of all that it is worth a walk over the others. */
  #makeRoom(share: number): void {
    let full = 0
    for (let slot = 0; slot < this.size; slot += 1) if (this.#isFull(slot)) full += 1
    if (full >= this.size * share) this.sweep()
    this.#patience = this.size >> 4
  }

  #extend(rows: number): void {
    if (this.#rows.length >= rows * this.#width) return
    const before = this.#rows
    this.#rows = new Float64Array(rows * this.#width)
    this.#rows.set(before)
  }
}
