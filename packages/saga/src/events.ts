/** What an engine reports. A listener that throws changes nothing. */
import { asError } from './core/failure.ts'
import type { Logger } from './ground/types.ts'

interface About {
  readonly saga: string
  readonly id: string
}

interface AboutStep extends About {
  readonly step: string
  readonly attempt: number
}

export type SagaEvent =
  /** `trace`: the context that the saga was started with. */
  | (About & { readonly type: 'started'; readonly trace?: string | undefined })
  | (About & { readonly type: 'waiting' | 'completed' | 'compensated' | 'lease-lost' })
  /** Taken over from another life, with what its log has. */
  | (About & { readonly type: 'recovered'; readonly steps: number; readonly epoch: number; readonly trace?: string | undefined })
  | (AboutStep & { readonly type: 'step-started' | 'step-done' | 'step-late' | 'undo-started' | 'undone' })
  /** `retryMs`: the wait before the next attempt; undefined when there is none. */
  | (AboutStep & { readonly type: 'step-failed' | 'undo-failed'; readonly error: Error; readonly retryMs: number | undefined })
  | (About & { readonly type: 'compensating'; readonly error: Error })
  | (About & { readonly type: 'stuck'; readonly step: string | undefined; readonly error: Error })
  | (About & { readonly type: 'signalled'; readonly signal: string })
  /** Machinery: the store failed. Nothing is undone because of it. */
  | { readonly type: 'store-failed'; readonly error: Error }
  /** A message of the outbox could not be handed on; it is tried again after a lease. */
  | { readonly type: 'relay-failed'; readonly error: Error }

type Distributed<Event> = Event extends About ? Omit<Event, keyof About> : never

/** An event about a saga, for those that know which. */
export type OwnEvent = Distributed<SagaEvent>

export type Listener = (event: SagaEvent) => void

export interface Emitter {
  /** Whether anybody listens: events are only made if so. */
  readonly watched: boolean
  emit(event: SagaEvent): void
  /** Machinery: the store failed. */
  storeFailed(thrown: unknown): void
  onEvent(listener: Listener): Disposable
}

export function createEmitter(logger: Logger | undefined): Emitter {
  const listeners = new Set<Listener>()
  if (logger !== undefined) listeners.add((event) => log(logger, event))
  function emit(event: SagaEvent): void {
    for (const listener of listeners) {
      try {
        listener(event)
      } catch (error) {
        logger?.error({ error, event: event.type }, 'a listener threw')
      }
    }
  }

  return {
    get watched() {
      return listeners.size > 0
    },
    emit,
    storeFailed: (thrown) => emit({ type: 'store-failed', error: asError(thrown) }),
    onEvent(listener) {
      // A listener of its own for each call, so that one function registered twice is disposed of once at a time.
      const own: Listener = (event) => listener(event)
      listeners.add(own)
      return { [Symbol.dispose]: () => void listeners.delete(own) }
    },
  }
}

function log(logger: Logger, event: SagaEvent): void {
  const level = event.type === 'stuck' || event.type === 'store-failed' ? 'error' : event.type.endsWith('failed') || event.type === 'lease-lost' ? 'warn' : 'debug'
  logger[level](event, `saga ${event.type}`)
}
