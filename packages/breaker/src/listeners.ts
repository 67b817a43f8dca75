import { expect, typed } from './ground/options.ts'

/** Ends what it stands for: stops listening, lets go, forgets. Calling it twice is harmless. */
export interface Handle extends Disposable {}

/** The listeners of one noun, in the order of their arrival. */
export type Listeners<Event> = Set<(event: Event) => void>

/** Where an error goes that nobody waits for: out of a listener, or out of a caller's own predicate. It never changes an outcome. */
export function report(error: unknown): void {
  const tell = globalThis.reportError ?? globalThis.console?.error
  tell?.(error)
}

/** Runs what is not ours. What it throws is reported, and undefined takes the place of its answer. */
export function quietly<T>(run: () => T): T | undefined {
  try {
    return run()
  } catch (error) {
    report(error)
    return undefined
  }
}

/** Adds a listener. One that throws disturbs neither the others nor the caller; one that is added twice hears twice and stops twice. */
export function listen<Event>(listeners: Listeners<Event>, listener: (event: Event) => void): Handle {
  expect('onEvent', 'the listener', listener, typed(listener, 'function'))
  const hear = (event: Event): void => quietly(() => listener(event))
  listeners.add(hear)
  return { [Symbol.dispose]: () => void listeners.delete(hear) }
}

/** Tells every listener. */
export function tell<Event>(listeners: Listeners<Event>, event: Event): void {
  for (const hear of listeners) hear(event)
}
