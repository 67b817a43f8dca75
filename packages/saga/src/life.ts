/** What the parts of one run share: one saga, in this process, from its take to its leaving. */
import type { Asks } from './asks.ts'
import type { SagaEvent } from './events.ts'
import type { Entry } from './ground/log.ts'
import type { Patch, SagaRow } from './ground/store.ts'
import type { SagaState } from './ground/types.ts'
import type { House } from './house.ts'
import type { Journal } from './journal.ts'
import type { SagaDefinition } from './saga.ts'

/** How a saga stands in its row, and whether its lease goes back with the next write. */
export interface Shape {
  readonly state: SagaState
  readonly release?: Patch['release'] | undefined
}

type Distributed<Event> = Event extends { readonly id: string } ? Omit<Event, 'saga' | 'id'> : never

/** An event about this saga, which need not say so. */
export type OwnEvent = Distributed<SagaEvent>

export interface Life {
  readonly house: House
  readonly definition: SagaDefinition
  readonly row: SagaRow
  readonly journal: Journal
  readonly asks: Asks
  /** False once somebody else has the saga, or nobody needs it here. */
  readonly live: boolean
  readonly input: unknown
  /** Whether something may begin: the lease leaves room for it, and the engine is not closing. */
  fresh(): boolean
  /** Calls when the lease has been confirmed again. */
  stall(begin: () => void): void
  /** Sees to it that the saga is looked at no later than this, in the store's time. */
  arm(until: number): void
  /** What reports an event, to be called once it is true; nothing where nobody listens. */
  report(event: OwnEvent): (() => void) | undefined
  /** Nothing goes on before a person has looked. */
  stick(ord: number | undefined, error: Error): void
  /** Turns the saga back as soon as the pivot, if one is under way, allows it. */
  cancel(error: Error): void
  /** Looks at the state and does what it asks for, if it asks for anything. */
  pump(): void
  shape(): Shape
  /** The first write was answered: with the row of an older saga where the id was taken. */
  opened(older: SagaRow | undefined): void
  /** What an intent permits, now that it is durable. */
  proceed(intent: Extract<Entry, { kind: 'intent' | 'undo-intent' }>): void
  /** The lease went back with a write. */
  released(): void
  abandon(reason: Error): void
}
