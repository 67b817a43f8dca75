import { maxKeyLength } from '../ground/defaults.ts'
import { wrongType } from '../ground/errors.ts'
import type { Key } from '../ground/types.ts'
import { sipHash, type HashKey } from './hash.ts'

const mark = 35 // '#'

/**
 * The one string that stands for a key. Injective: a tuple is `#` and its parts with their lengths, a string that itself begins
 * with `#` gets one more, and any other string stands for itself.
 */
export function keyText(key: Key): string {
  if (typeof key === 'string') return key.charCodeAt(0) === mark ? `#${key}` : key
  if (!Array.isArray(key) || key.length === 0) throw wrongType('key', 'a string or a tuple of strings and numbers', key, ' Decide what a missing key means before you ask the limiter.')
  return `#${key.map(partText).join('')}`
}

/** A key that is kept as it is: its letters are not even looked at, which would be a cache miss for each request. */
export const isShort = (key: Key): key is string => typeof key === 'string' && key.length <= maxKeyLength

/** The text of a key, but of a long one 64 bits of a keyed hash. */
export function shortText(key: Key, hashKey: HashKey): string {
  const text = keyText(key)
  return text.length <= maxKeyLength ? text : `#h${text.length}.${sipHash(text, hashKey).join('.')}`
}

function partText(part: unknown): string {
  if (typeof part === 'number' && Number.isFinite(part)) return partText(String(part))
  if (typeof part === 'string') return `${part.length}:${part}`
  throw wrongType('key', 'parts that are strings or finite numbers', part)
}
