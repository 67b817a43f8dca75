/**
 * Keys to rows of numbers: a Map from key to slot beside one typed array and the keys by slot, 45 to 60 bytes a key (V8's Map: 24 and its
 * share of the hash table; the arrays: 8 a number and 8 a key). Freed slots are threaded through the typed array as negative numbers.
 */
export class Table {
  /** Where each key has its row. Read here, written by `claim` and `remove` only. */
  readonly slots: Map<string, number> = new Map()
  /** Row `slot` begins at `slot · width`. Replaced when the table grows, so nobody may hold on to it over a `claim`. */
  values: Float64Array
  readonly #width: number
  readonly #maxKeys: number
  readonly #sharedRows: number
  readonly #keys: string[] = []
  /** Slots below this one have been given out at least once. */
  #used = 0
  /** First freed slot; each holds the next, -1 ends. */
  #free = -1
  /** The slot that a sweep looks at next. */
  #hand = 0

  constructor(width: number, maxKeys: number, sharedRows: number) {
    this.#width = width
    this.#maxKeys = maxKeys
    this.#sharedRows = sharedRows
    this.values = new Float64Array(Math.min(64, maxKeys) * width)
  }

  /** A slot for a new key. The caller has made sure that there is room. */
  claim(key: string): number {
    let slot = this.#free
    if (slot === -1) {
      slot = this.#used
      this.#used += 1
      if (this.#used * this.#width > this.values.length) this.#grow(Math.min(this.#used * 2, this.#maxKeys))
    } else {
      this.#free = -this.values[slot * this.#width]! - 2
    }
    this.#keys[slot] = key
    this.slots.set(key, slot)
    return slot
  }

  remove(key: string): void {
    const slot = this.slots.get(key)
    if (slot !== undefined) this.#release(slot)
  }

  /** First of the rows that newcomers share, behind all others. */
  reserveShared(): number {
    this.#grow(this.#maxKeys + this.#sharedRows)
    return this.#maxKeys
  }

  /**
   * Looks at the next `count` slots (once at each, at most), round and round, and removes the keys whose slot is `done`. The slots lie side
   * by side, and a key is touched only to be removed: looking costs a nanosecond, where a walk over the Map would miss the cache at each.
   */
  sweep(count: number, done: (slot: number) => boolean): number {
    let removed = 0
    for (let left = Math.min(count, this.#used); left > 0; left -= 1) {
      const slot = this.#hand < this.#used ? this.#hand : 0
      this.#hand = slot + 1
      if (this.values[slot * this.#width]! < 0 || !done(slot)) continue
      this.#release(slot)
      removed += 1
    }
    return removed
  }

  #release(slot: number): void {
    const at = slot * this.#width
    this.slots.delete(this.#keys[slot]!)
    this.#keys[slot] = ''
    this.values.fill(0, at, at + this.#width)
    this.values[at] = -(this.#free + 2)
    this.#free = slot
  }

  #grow(rows: number): void {
    const grown = new Float64Array(rows * this.#width)
    grown.set(this.values)
    this.values = grown
  }
}
