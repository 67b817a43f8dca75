/** What a saga is: a name and an async function over a scope of durable verbs. */
import type { UndoOrder } from './core/next.ts'
import { nonEmpty, oneOf } from './ground/options.ts'
import type { Maybe, RetryOptions } from './ground/types.ts'

/** What an action is told. */
export interface StepContext {
  /** The same text at every attempt, in every life: hand it to the service as its idempotency key. */
  readonly key: string
  /** 1 for the first attempt that the log knows of. */
  readonly attempt: number
  /** Aborted when the step runs out of time, the saga is cancelled, or this worker must let go. */
  readonly signal: AbortSignal
  /** Rises with every change of worker: a fencing token for services that can compare. */
  readonly epoch: number
}

/** What an undo is told. */
export interface UndoContext<Input, Output> extends StepContext {
  /** The saga's input. */
  readonly input: Input
  /** What the step gave; undefined when its outcome is not known, so an undo must manage without. */
  readonly output: Output | undefined
  /** What turned the saga back. */
  readonly error: Error
}

export type Do<Output> = (context: StepContext) => Maybe<Output>
export type Undo<Input, Output> = (context: UndoContext<Input, Output>) => Maybe<unknown>

export interface StepOptions<Output> {
  readonly do: Do<Output>
  /** Attempts and waits; default: one attempt. A wait that is short is waited for in memory, a long one durably. */
  readonly retry?: RetryOptions
  /** Bound of one attempt, in ms. Default: none. */
  readonly timeoutMs?: number
}

export interface UndoOptions<Input, Output> {
  readonly undo?: Undo<Input, Output>
  /** Attempts and waits of the undo; default: ten retries over about four minutes, then the saga is stuck. */
  readonly undoRetry?: RetryOptions
  /** Bound of one attempt of the undo, in ms. Default: none. */
  readonly undoTimeoutMs?: number
}

/** Steps that can only go forward: what there is behind a pivot. */
export interface ForwardStep {
  <Output>(name: string, action: Do<Output> | StepOptions<Output>): Promise<Output>
}

/** `step(name, do, undo)`: an effect, made at least once and at most once per key, and its compensation. Names are unique within a saga. */
export interface Step<Input> {
  <Output>(name: string, action: Do<Output>, undo?: Undo<Input, Output>): Promise<Output>
  <Output>(name: string, options: StepOptions<Output> & UndoOptions<Input, Output>): Promise<Output>
  /**
   * A step in the store's own database: what it does with `tx` and the record of it are one transaction, so it happens exactly once.
   * `Tx` is the store's: `DatabaseSync` for SQLite, a client for PostgreSQL. Needs a store that has transactions.
   */
  tx<Output, Tx = never>(name: string, action: (tx: Tx, context: StepContext) => Maybe<Output>, undo?: (tx: Tx, context: UndoContext<Input, Output>) => Maybe<unknown>): Promise<Output>
  /**
   * The point of no return: retried until it has happened, or says that nothing happened; from then on the saga only goes forward.
   * With `then`, what follows gets a `step` that takes no undo; without it, an undo given later is refused when it is met.
   */
  pivot<Output>(name: string, action: Do<Output> | StepOptions<Output>): Promise<Output>
  pivot<Output, Result>(name: string, action: Do<Output> | StepOptions<Output>, then: (scope: { readonly step: ForwardStep; readonly output: Output }) => Promise<Result>): Promise<Result>
}

/** The verbs of a saga. Code between them has no effects and draws on nothing that differs from one life to the next. */
export interface Scope<Input> {
  readonly id: string
  readonly step: Step<Input>
  /** Waits `ms`, also over restarts. */
  sleep(name: string, ms: number): Promise<void>
  /** Waits for `engine.signal(id, name, value)`. After `timeoutMs`: gives `otherwise`, or rejects with `StepTimeout` where there is none. */
  signal<T>(name: string, options?: { readonly timeoutMs?: number; readonly otherwise?: T }): Promise<T>
  /** Another saga as a step: its output when it completes. Its undo is the child's own: it is taken back even if it had completed. */
  child<ChildInput, Output>(name: string, definition: SagaDefinition<ChildInput, Output>, input: ChildInput): Promise<Output>
  /** Leaves a message in the outbox with the next record: handed to the engine's `relay` at least once, in order, under a key of its own. */
  emit(topic: string, message: unknown): void
  /**
   * A durable semantic lock, held until the saga ends; first come, first served. Two sagas that want each other's lock wait for ever:
   * give `timeoutMs` (then `StepTimeout`), or `refuse: true` (then `LockBusy` at once).
   */
  lock(name: string, options?: { readonly timeoutMs?: number; readonly refuse?: boolean }): Promise<void>
}

export interface SagaOptions {
  /** Undo strictly one after another (default), or side by side what ran side by side. */
  readonly undoOrder?: UndoOrder
  /** Milliseconds from the start after which the saga turns back. Default: none. */
  readonly deadlineMs?: number
}

export interface SagaDefinition<Input = unknown, Output = unknown> {
  readonly name: string
  readonly run: (scope: Scope<Input>, input: Input) => Promise<Output>
  readonly options: SagaOptions
}

/**
 * Defines a saga. The function is replayed from its log after a crash: steps that have an outcome give it again without running.
 * (Garcia-Molina & Salem, "Sagas", 1987; the undo beside its step is Cloudflare Workflows' idea.)
 * @throws TypeError if the name is empty or the function is none
 */
export function saga<Input, Output>(
  name: string, run: (scope: Scope<Input>, input: Input) => Promise<Output>, options: SagaOptions = {},
): SagaDefinition<Input, Output> {
  nonEmpty("a saga's name", name)
  if (typeof run !== 'function') throw new TypeError(`expected saga '${name}' to be an async function, came ${typeof run}`)
  oneOf(`undoOrder of saga '${name}'`, options.undoOrder, ['reverse', 'causal'])
  if (options.deadlineMs !== undefined && !(options.deadlineMs > 0)) {
    throw new RangeError(`saga '${name}': expected deadlineMs above 0, came ${options.deadlineMs}`)
  }
  return { name, run, options: { ...options } }
}
