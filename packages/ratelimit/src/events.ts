/** Listeners of one noun. A listener that throws changes nothing for anybody: its error is reported as uncaught, later. */
export class Listeners<Event> {
  readonly #listeners = new Set<(event: Event) => void>()

  get any(): boolean {
    return this.#listeners.size > 0
  }

  add(listener: (event: Event) => void): Disposable {
    if (typeof listener !== 'function') throw new TypeError('onEvent: expected a function.')
    const own = (event: Event): void => listener(event)
    this.#listeners.add(own)
    return { [Symbol.dispose]: () => void this.#listeners.delete(own) }
  }

  emit(event: Event): void {
    for (const listener of this.#listeners) {
      try {
        listener(event)
      } catch (error) {
        queueMicrotask(() => {
          throw error
        })
      }
    }
  }

  clear(): void {
    this.#listeners.clear()
  }
}
