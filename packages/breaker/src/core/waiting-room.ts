/** Someone who waits for a place. */
export interface Waiter {
  readonly priority: number
  /** A place is handed over. */
  admit(): true
  /** The room is full, and others are more important or came first. */
  refuse(): void
}

/** A bounded queue: higher priority first, and among equals whoever came first. Entering costs O(length), which is bounded. */
export class WaitingRoom {
  readonly #waiting: Waiter[] = []
  readonly #limit: number

  constructor(limit: number) {
    this.#limit = limit
  }

  get length(): number {
    return this.#waiting.length
  }

  /**
   * Takes a waiter in. Of a full room the least important and latest must leave: it is returned, and may be the one who came.
   */
  enter(waiter: Waiter): Waiter | undefined {
    let place = this.#waiting.length
    while (place > 0 && (this.#waiting[place - 1] as Waiter).priority < waiter.priority) place--
    this.#waiting.splice(place, 0, waiter)
    return this.#waiting.length > this.#limit ? this.#waiting.pop() : undefined
  }

  next(): Waiter | undefined {
    return this.#waiting.shift()
  }

  leave(waiter: Waiter): void {
    const place = this.#waiting.indexOf(waiter)
    if (place >= 0) this.#waiting.splice(place, 1)
  }
}
