import { checkFunction } from './ground/check.ts'

/** Those who listen to one noun. A listener is a guest: what it throws never reaches the code that caused the event. */
export interface Listeners<Event> {
  emit(event: Event): void
  /** @returns what ends the listening; ending twice is harmless */
  add(listener: (event: Event) => void): Disposable
}

export function createListeners<Event>(): Listeners<Event> {
  // Each in an entry of its own, so that one function may listen twice and stop once.
  const entries = new Set<(event: Event) => void>()
  return {
    emit: (event) => entries.forEach((entry) => entry(event)),
    add(listener) {
      checkFunction('listener', listener)
      const entry = (event: Event): void => {
        try {
          listener(event)
        } catch {}
      }
      entries.add(entry)
      return { [Symbol.dispose]: () => void entries.delete(entry) }
    },
  }
}
