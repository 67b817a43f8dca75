/** Ends what it stands for: stops listening, lets go, forgets. Calling it twice is harmless. */
export interface Handle extends Disposable {}

/** Where an error goes that nobody waits for: out of a listener, or out of a caller's own predicate. It never changes an outcome. */
export function report(error: unknown): void {
  const tell = globalThis.reportError ?? globalThis.console?.error
  tell?.(error)
}

/** The listeners of one noun. Calls them in the order of their arrival; one that throws disturbs neither the others nor the caller. */
export class Listeners<Event> {
  readonly #all = new Set<{ readonly run: (event: Event) => void }>()

  add(run: (event: Event) => void): Handle {
    if (typeof run !== 'function') throw new TypeError(`onEvent: the listener must be a function; got ${String(run)}`)
    // Wrapped, so that one function may listen twice and stop twice.
    const entry = { run }
    this.#all.add(entry)
    return { [Symbol.dispose]: () => void this.#all.delete(entry) }
  }

  emit(event: Event): void {
    for (const { run } of this.#all) {
      try {
        run(event)
      } catch (error) {
        report(error)
      }
    }
  }

  clear(): void {
    this.#all.clear()
  }
}
