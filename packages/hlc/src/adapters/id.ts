/**
 * UUIDv7 and ULID made of a stamp: one id that says when, in which order and by whom, and that sorts like the stamp.
 *
 * They are a pure function of the stamp, so the same event has the same id wherever it is computed. Time and counter can be read back;
 * the node is there as a hash (58 and 64 bits), so two nodes differ except with odds of one in 2^57.
 * @module
 */
import { ulidToUUID, uuidToULID } from 'ulid'
import { stampOfUuid, ulidBytes, uuidBytes, uuidText } from '../core/identity.ts'
import { check } from '../ground/check.ts'
import type { Stamp } from '../ground/types.ts'

/** The UUIDv7 of a stamp, lower case. Sorts by time, then counter, then the node's hash. A `MalformedError` without a node. */
export function toUuid(stamp: Stamp): string {
  return uuidText(uuidBytes(stamp))
}

/** Time and counter of a UUIDv7 of `toUuid`, with an empty node. (Any other UUIDv7 gives its time and a counter that means nothing.) */
export function fromUuid(text: string): Stamp {
  return stampOfUuid(text)
}

/** The ULID of a stamp: 26 characters of Crockford's base 32, upper case. Sorts like `toUuid`. */
export function toUlid(stamp: Stamp): string {
  return uuidToULID(uuidText(ulidBytes(stamp)))
}

/** Time and counter of a ULID of `toUlid`, with an empty node. */
export function fromUlid(text: string): Stamp {
  const ok = typeof text === 'string' && /^[0-7][\dA-HJKMNP-TV-Z]{25}$/.test(text)
  check(ok, "a ULID like '01HF7YAT000000000000000000', in upper case", text)
  const hex = ulidToUUID(text).replaceAll('-', '')
  return { ms: parseInt(hex.slice(0, 12), 16), count: parseInt(hex.slice(12, 16), 16), node: '' }
}
