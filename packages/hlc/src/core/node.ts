import { MalformedError } from '../ground/errors.ts'

/** The last id that was found good: a clock stamps with one id, so that most checks are one comparison. */
let known: unknown

/** Whether `id` may name a node: ASCII without `-` (the separator of the text) and `~` (the end of every order, see `ceil`). */
export function isNode(id: unknown): id is string {
  if (id === known) return id !== undefined
  if (typeof id !== 'string' || !/^[\w.:]{1,64}$/.test(id)) return false
  known = id
  return true
}

/** `id` itself, or an error that says what an id is made of. */
export function checkNode(id: unknown): string {
  if (isNode(id)) return id
  throw new MalformedError("a node id of 1 to 64 letters, digits, '_', '.' or ':' (not '-')", id)
}
