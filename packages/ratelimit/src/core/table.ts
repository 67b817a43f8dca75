/**
 * Keys to rows of numbers: a Map from key to slot beside one typed array, 36 to 60 bytes a key (V8's Map: 24 and its share of the hash
 * table; the array: 8 a number, doubled as it grows). Freed slots are threaded through the array itself, as negative numbers.
 */
export class Table {
  readonly #width: number
  readonly #maxKeys: number
  readonly #sharedRows: number
  readonly #slots = new Map<string, number>()
  #values: Float64Array
  /** Slots below this one have been given out at least once. */
  #used = 0
  /** First freed slot; each holds the next, -1 ends. */
  #free = -1
  #hand: IterableIterator<[string, number]> | undefined

  constructor(width: number, maxKeys: number, sharedRows: number) {
    this.#width = width
    this.#maxKeys = maxKeys
    this.#sharedRows = sharedRows
    this.#values = new Float64Array(Math.min(64, maxKeys) * width)
  }

  get size(): number {
    return this.#slots.size
  }

  get values(): Float64Array {
    return this.#values
  }

  find(key: string): number | undefined {
    return this.#slots.get(key)
  }

  entries(): IterableIterator<[string, number]> {
    return this.#slots.entries()
  }

  /** A slot for a new key. The caller has made sure that there is room. */
  claim(key: string): number {
    let slot = this.#free
    if (slot === -1) {
      slot = this.#used
      this.#used += 1
      if (this.#used * this.#width > this.#values.length) this.#grow(Math.min(this.#used * 2, this.#maxKeys))
    } else {
      this.#free = -this.#values[slot * this.#width]! - 2
    }
    this.#slots.set(key, slot)
    return slot
  }

  remove(key: string): void {
    const slot = this.#slots.get(key)
    if (slot === undefined) return
    this.#slots.delete(key)
    this.#values.fill(0, slot * this.#width, (slot + 1) * this.#width)
    this.#values[slot * this.#width] = -(this.#free + 2)
    this.#free = slot
  }

  /** First of the rows that newcomers share, behind all others. */
  reserveShared(): number {
    this.#grow(this.#maxKeys + this.#sharedRows)
    return this.#maxKeys
  }

  /** Looks at the next `count` keys, round and round in order of arrival, and removes those whose slot is `done`. A Map's iterator survives that. */
  sweep(count: number, done: (slot: number) => boolean): number {
    let removed = 0
    for (let looked = 0; looked < count; looked += 1) {
      this.#hand ??= this.#slots.entries()
      const { value, done: ended } = this.#hand.next()
      if (ended === true) {
        this.#hand = undefined
        if (this.#slots.size === 0) break
        continue
      }
      if (!done(value[1])) continue
      this.remove(value[0])
      removed += 1
    }
    return removed
  }

  #grow(rows: number): void {
    const grown = new Float64Array(rows * this.#width)
    grown.set(this.#values)
    this.#values = grown
  }
}
