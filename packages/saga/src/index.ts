/**
 * Durable compensating sagas in plain async code: `step(name, do, undo)`, replayed from a log after a crash, undone in reverse when something fails.
 * The store is yours to choose: `memoryStore()` here, `@distrokit/saga/sqlite` for one machine.
 */
export { saga } from './saga.ts'
export type {
  Do, ForwardStep, SagaDefinition, SagaOptions, Scope, Step, StepContext, StepOptions, Undo, UndoContext, UndoOptions,
} from './saga.ts'
export { createEngine } from './engine.ts'
export type { Engine, Handle } from './engine.ts'
export type { EngineOptions, ListOptions, StartOptions, WaitOptions } from './settings.ts'
export type { Mismatch } from './check.ts'
export type { Message, Relay } from './relay.ts'
export { memoryStore } from './memory.ts'
export { migrate } from './migrate.ts'
export { reread } from './reread.ts'
export { jsonCodec } from './core/codec.ts'
export type { UndoOrder } from './core/next.ts'
export type { Listener, SagaEvent } from './events.ts'
export type { SagaSummary, SagaView, StepView } from './view.ts'
export {
  DeadlinePassed, DefinitionChanged, EngineClosed, IdConflict, LeaseLost, LockBusy, NoSuchSaga, NothingHappened, nothingHappened, PayloadError, PoisonSaga, SagaCancelled,
  SagaFailed, StepNameError, StepTimeout, StoreError, ValueChanged,
} from './ground/errors.ts'
export type { Clock, Codec, Encoded, Failure, Logger, Maybe, RetryOptions, SagaState, Timer } from './ground/types.ts'
export type { Entry, Kind, Letter, LogRecord, Mail } from './ground/log.ts'
export type {
  Emitted, Held, ListQuery, Loaded, NewSaga, Parent, Patch, SagaRow, Store, TakeOptions, Taken, Write, Written,
} from './ground/store.ts'
