import { check } from '../ground/check.ts'

/** The last id that was found good: a clock stamps with one id, so that most checks are one comparison of strings. */
let known = ''

/**
 * Whether `id` may stand in a stamp: what may name a node, in ASCII without `-` (the separator of the text), or the end of an order:
 * nothing sorts before every node, `~` after every node.
 */
export function isNode(id: unknown): id is string {
  return id === known || learn(id)
}

/** Apart, so that the comparison is small enough to become part of its callers. */
function learn(id: unknown): boolean {
  const ok = typeof id === 'string' && /^([\w.:]{1,64}|~?)$/.test(id)
  if (ok) known = id
  return ok
}

/** Throws unless `id` may name a node. */
export function checkNode(id: unknown): asserts id is string {
  check(isNode(id) && id > '' && id < '~', 'a node id of 1 to 64 A-Z a-z 0-9 _ . :', id)
}
