import { COUNT_END } from '../ground/defaults.ts'
import { check } from '../ground/check.ts'
import type { Stamp } from '../ground/types.ts'
import { isNode } from './node.ts'
import { checkStamp } from './stamp.ts'

/** Two digits for each byte. */
const HEX: readonly string[] = Array.from({ length: 256 }, (_, byte) => (byte + 256).toString(16).slice(1))

// Stamps come in runs: the same millisecond, the same node. What the last one needed is held, so that most texts are one concatenation.
// Memory only: the answer depends on the stamp alone.
let heldMs = -1
let heldHigh = -1
let heldNode: string | undefined
let head = ''
let tails: string[] = []

/**
 * The one text of a stamp: 12 digits of milliseconds, 4 of counter, and `-node`, as in `018bcfe568000000-node`.
 * Texts sort by code unit (`<`, not `localeCompare`) exactly as `compare` orders stamps.
 */
export function encode(stamp: Stamp): string {
  const { ms, count, node } = stamp
  if (ms !== heldMs || count >> 8 !== heldHigh || node !== heldNode || (count & (COUNT_END - 1)) !== count) {
    checkStamp(stamp)
    heldMs = ms
    heldHigh = count >> 8
    head = (ms + 2 ** 48).toString(16).slice(1) + HEX[heldHigh]!
    if (node !== heldNode) {
      heldNode = node
      tails = []
    }
  }
  return head + (tails[count & 255] ??= HEX[count & 255]! + (node && '-' + node))
}

/** Reads what `encode` writes and nothing else: one spelling, lower case, no blanks. Throws `MalformedError`. */
export function decode(text: string): Stamp {
  const node = String(text).slice(17)
  const ok = typeof text === 'string' && /^[\da-f]{16}(-|$)/.test(text) && (text.length === 16 || isNode(node) || node === '~')
  check(ok, "a stamp like '018bcfe568000000-node'", text)
  return { ms: parseInt(text.slice(0, 12), 16), count: parseInt(text.slice(12, 16), 16), node }
}
