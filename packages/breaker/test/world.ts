import { consecutive, createBreaker } from '@distrokit/breaker'
import type { Breaker, BreakerEvent, BreakerOptions } from '@distrokit/breaker'
import { manualClock } from '@distrokit/breaker/testing'

/** A breaker on a clock of its own that opens after three failures in a row, for a second exactly. */
export function setUp(options: BreakerOptions = {}) {
  const clock = manualClock()
  const breaker = createBreaker({ trip: consecutive(3), openMs: 1000, jitter: 0, clock, ...options })
  const events: BreakerEvent[] = []
  breaker.onEvent((event) => events.push(event))
  const transitions = (): string[] => events.flatMap((event) => (event.type === 'transition' ? [`${event.from} → ${event.to}`] : []))
  return { clock, breaker, events, transitions }
}

export const succeed = (breaker: Breaker): Promise<string> => breaker.run(async () => 'answer')

/** One failing call; gives the error that the caller got. */
export const fail = (breaker: Breaker, error: unknown = new Error('down')): Promise<unknown> =>
  breaker.run(() => Promise.reject(error)).then(() => 'no error', (caught: unknown) => caught)

export async function failTimes(breaker: Breaker, times: number): Promise<void> {
  for (let i = 0; i < times; i++) await fail(breaker)
}

/** A call whose answer is given by hand. */
export function pending<T = string>(): { readonly call: () => Promise<T>; resolve(value: T): void; reject(error: unknown): void } {
  const { promise, resolve, reject } = Promise.withResolvers<T>()
  return { call: () => promise, resolve, reject }
}

/** An abort signal that counts its listeners. */
export function countingSignal() {
  const controller = new AbortController()
  const { signal } = controller
  let listeners = 0
  const add = signal.addEventListener.bind(signal)
  const remove = signal.removeEventListener.bind(signal)
  const alive = new Set<unknown>()
  signal.addEventListener = (type: string, listener: EventListenerOrEventListenerObject, options?: boolean | AddEventListenerOptions) => {
    if (!alive.has(listener)) listeners++
    if (typeof options === 'object' && options.once === true) add(type, () => alive.delete(listener) && listeners--)
    alive.add(listener)
    add(type, listener, options)
  }
  signal.removeEventListener = (type: string, listener: EventListenerOrEventListenerObject) => {
    if (alive.delete(listener)) listeners--
    remove(type, listener)
  }
  return { controller, signal, listeners: () => listeners }
}
