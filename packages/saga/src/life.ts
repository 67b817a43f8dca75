/** What the parts of one run share: one saga, in this process, from its take to its leaving. */
import type { Asks } from './asks.ts'
import type { Author, Journal } from './journal.ts'
import type { SagaDefinition } from './saga.ts'

export interface Life extends Author {
  readonly definition: SagaDefinition
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
  /** Nothing goes on before a person has looked. */
  stick(ord: number | undefined, error: Error): void
  /** Turns the saga back as soon as the pivot, if one is under way, allows it. */
  cancel(error: Error): void
  /** Looks at the state and does what it asks for, if it asks for anything. */
  pump(): void
}
