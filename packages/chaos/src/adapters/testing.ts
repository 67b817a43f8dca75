/**
 * Judges for tests: a recorder of what clients asked and were told, checkers that say whether a correct system could have
 * answered so, and an explorer that tries every order of a few events on a pure core.
 *
 * @module
 */
export { createHistory } from '../history.ts'
export type { History, HistoryOptions, Invocation } from '../history.ts'
export type { Anomaly, Ending, Operation, Verdict } from '../core/history.ts'
export { checkLinearizable, register } from '../core/linearizable.ts'
export type { Model, RegisterOp } from '../core/linearizable.ts'
export { checkVersions } from '../core/versions.ts'
export type { VersionedOp } from '../core/versions.ts'
export { checkSessions } from '../core/sessions.ts'
export type { SessionGuarantee, SessionOp } from '../core/sessions.ts'
export { checkAppendLists } from '../core/append-lists.ts'
export type { ListStep } from '../core/append-lists.ts'
export { everyOrder, explore, ExplorationFailed } from '../core/explore.ts'
export type { Exploration, Machine, Orders } from '../core/explore.ts'
