import { MalformedError } from '../ground/errors.ts'
import type { Stamp } from '../ground/types.ts'
import { checkStamp, isNode } from './stamp.ts'

const HEX: readonly string[] = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'))

/** The value of each lower-case hexadecimal digit; −1 elsewhere, so that one sign test at the end finds any wrong character. */
const DIGIT: Int8Array = new Int8Array(128).fill(-1)
for (let value = 0; value < 16; value++) DIGIT['0123456789abcdef'.charCodeAt(value)] = value

let heldMs = -1
let heldHead = ''

/** Twelve digits of a millisecond, kept while the millisecond lasts. Memory only: the answer depends on `ms` alone. */
function head(ms: number): string {
  if (ms === heldMs) return heldHead
  const high = Math.floor(ms / 2 ** 24)
  const low = ms % 2 ** 24
  heldHead = HEX[high >> 16]! + HEX[(high >> 8) & 255]! + HEX[high & 255]! + HEX[low >> 16]! + HEX[(low >> 8) & 255]! + HEX[low & 255]!
  heldMs = ms
  return heldHead
}

/**
 * The one text of a stamp: 12 digits of milliseconds, 4 of counter, and `-node`, as in `018bcfe568000000-node`.
 * Texts sort by code unit (`<`, not `localeCompare`) exactly as `compare` orders stamps.
 */
export function encode(stamp: Stamp): string {
  const { ms, count, node } = checkStamp(stamp)
  const digits = head(ms) + HEX[count >> 8]! + HEX[count & 255]!
  return node === '' ? digits : `${digits}-${node}`
}

/** Six digits from `at` as a number; negative when one of them is no digit. */
function digits(text: string, at: number, end: number): number {
  let value = 0
  let bad = 0
  for (let i = at; i < end; i++) {
    const code = text.charCodeAt(i)
    const digit = code < 128 ? DIGIT[code]! : -1
    bad |= digit
    value = (value << 4) | digit
  }
  return bad < 0 ? -1 : value
}

/** Reads what `encode` writes and nothing else: one spelling, lower case, no blanks. Throws `MalformedError`. */
export function decode(text: string): Stamp {
  if (typeof text === 'string' && text.length >= 16) {
    const high = digits(text, 0, 6)
    const low = digits(text, 6, 12)
    const count = digits(text, 12, 16)
    if (high >= 0 && low >= 0 && count >= 0) {
      if (text.length === 16) return { ms: high * 2 ** 24 + low, count, node: '' }
      const node = text.slice(17)
      if (text[16] === '-' && (isNode(node) || node === '~')) return { ms: high * 2 ** 24 + low, count, node }
    }
  }
  throw new MalformedError("a stamp like '018bcfe568000000-node' (16 lower-case hexadecimal digits, '-', node)", text)
}
