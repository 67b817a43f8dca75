import { check } from '../ground/check.ts'

/** The last id that was found good: a clock stamps with one id, so that most checks are one comparison. */
let known = ''

/** Whether `id` may name a node: ASCII without `-` (the separator of the text) and `~` (the end of every order, see `ceil`). */
export function isNode(id: unknown): id is string {
  if (id === known) return id !== ''
  if (typeof id !== 'string' || !/^[\w.:]{1,64}$/.test(id)) return false
  known = id
  return true
}

export function checkNode(id: unknown): asserts id is string {
  check(isNode(id), "a node id of 1 to 64 letters, digits, '_', '.' or ':' (no '-')", id)
}
