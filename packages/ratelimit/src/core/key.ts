import { wrongType } from '../ground/errors.ts'
import type { Key } from '../ground/types.ts'

const mark = 35 // '#'

/**
 * The one string that stands for a key. Injective: a tuple is `#` and its parts with their lengths, a string that itself begins
 * with `#` gets one more, and any other string stands for itself.
 */
export function keyText(key: Key): string {
  if (typeof key === 'string') return key.charCodeAt(0) === mark ? `#${key}` : key
  if (!Array.isArray(key)) throw wrongType('key', 'a string or a tuple of strings and numbers', key, 'Decide what a missing key means before you ask the limiter.')
  if (key.length === 0) throw new TypeError('key: expected a tuple of at least one part, got an empty one.')
  let text = '#'
  for (const part of key as readonly unknown[]) text += partText(part)
  return text
}

function partText(part: unknown): string {
  if (typeof part === 'string') return `${part.length}:${part}`
  if (typeof part === 'number' && Number.isFinite(part)) return partText(String(part))
  throw wrongType('key', 'parts that are strings or finite numbers', part)
}
