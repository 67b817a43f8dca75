/**
 * Trees whose nodes can be moved by several at once.
 * @module
 */
export { tree } from './containers/tree.ts'
export type { TreeDraft, TreeNode } from './ground/drafts.ts'
