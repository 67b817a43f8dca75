import { createHash } from 'node:crypto'

const longest = 200

/**
 * The key as it is written in a store: itself if every store can keep it, else its SHA-256. Braces would move a Redis key to another
 * slot, NUL and lone surrogates do not survive PostgreSQL or UTF-8, and a long key is an attack on memory. `%h` begins no other key.
 */
export function storedKey(key: string): string {
  if (key.length <= longest && /^[^{}%\0]*$/.test(key) && key.isWellFormed()) return key
  return `%h${createHash('sha256').update(key, 'utf16le').digest('base64url')}`
}
