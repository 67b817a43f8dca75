/** Listeners of one noun. One that throws changes nothing for anybody: what it throws is dropped, because there is nobody to tell who asked. */
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
      } catch {
        continue
      }
    }
  }

  clear(): void {
    this.#listeners.clear()
  }
}
