/** Those who listen to one noun. */
export type Listeners<Event> = Set<(event: Event) => void>

export function listen<Event>(listeners: Listeners<Event>, listener: (event: Event) => void): Disposable {
  if (typeof listener !== 'function') throw new TypeError('onEvent: expected a function.')
  const own = (event: Event): void => listener(event)
  listeners.add(own)
  return { [Symbol.dispose]: () => void listeners.delete(own) }
}

/** A listener that throws changes nothing for anybody: what it throws is dropped, because there is nobody to tell who asked. */
export function tell<Event>(listeners: Listeners<Event>, event: Event): void {
  for (const listener of listeners) {
    try {
      listener(event)
    } catch {
      continue
    }
  }
}
