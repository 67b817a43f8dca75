import { callable } from './ground/options.ts'
import type { Subscription } from './ground/types.ts'

/** A list of listeners. One that throws is passed over: watching never changes an outcome. */
export interface Listeners<E> {
  emit(event: E): void
  add(listener: (event: E) => void): Subscription
  clear(): void
}

export function createListeners<E>(): Listeners<E> {
  const listeners = new Set<{ readonly run: (event: E) => void }>()
  return {
    emit(event) {
      for (const { run } of listeners) {
        try {
          run(event)
        } catch {
          // The watched thing goes on as if nobody watched.
        }
      }
    },
    add(listener) {
      const entry = { run: callable('listener', listener) }
      listeners.add(entry)
      return { [Symbol.dispose]: () => void listeners.delete(entry) }
    },
    clear: () => listeners.clear(),
  }
}
