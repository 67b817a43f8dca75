/**
 * Lists: of values, and movable ones of anything.
 * @module
 */
export { list } from './containers/sequence.ts'
export { movableList } from './containers/movable-list.ts'
export type { ListDraft, MovableListDraft } from './ground/drafts.ts'
