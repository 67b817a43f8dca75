/** The last few values that were put in. Putting costs O(1) and keeps no more than `size` of them alive. */
export class Recent {
  readonly #size: number
  readonly #values: unknown[] = []
  #put = 0

  constructor(size: number) {
    this.#size = size
  }

  put(value: unknown): void {
    this.#values[this.#put++ % this.#size] = value
  }

  get last(): unknown {
    return this.#values[(this.#put - 1) % this.#size]
  }

  /** Oldest first. */
  list(): unknown[] {
    const oldest = this.#put % this.#size
    return this.#put <= this.#size ? [...this.#values] : [...this.#values.slice(oldest), ...this.#values.slice(0, oldest)]
  }
}
