/** What the parts of one run share: one saga, in this process, from its take to its leaving. */
import type { Asks } from './asks.ts'
import type { Loaded, SagaRow } from './ground/store.ts'
import type { House } from './house.ts'
import type { Journal } from './journal.ts'
import type { SagaDefinition } from './saga.ts'

export interface Life {
  readonly house: House
  readonly definition: SagaDefinition
  readonly row: SagaRow
  readonly loaded: Loaded | undefined
  readonly id: string
  readonly epoch: number
  readonly about: { readonly saga: string; readonly id: string }
  readonly journal: Journal
  readonly asks: Asks
  /** False once somebody else has the saga, or nobody needs it here. */
  readonly live: boolean
  readonly input: unknown
  /** Calls when something may begin: at once, when the lease has been confirmed again, or never. */
  whenFresh(begin: () => void): void
  /** Nothing goes on before a person has looked. */
  stick(ord: number | undefined, error: Error): void
  /** Turns the saga back as soon as the pivot, if one is under way, allows it. */
  cancel(error: Error): void
  /** Looks at the state and does what it asks for, if it asks for anything. */
  pump(): void
}
