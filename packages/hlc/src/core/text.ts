import { MalformedError } from '../ground/errors.ts'
import type { Stamp } from '../ground/types.ts'
import { isNode } from './node.ts'
import { checkStamp } from './stamp.ts'

/** Two digits for each byte. */
const HEX: readonly string[] = Array.from({ length: 256 }, (_, byte) => (byte + 256).toString(16).slice(1))

/** The value of each lower-case digit by its code; −1 elsewhere, so that one sign tells whether any character was wrong. */
const DIGIT: Int8Array = new Int8Array(128).fill(-1)
for (let value = 0; value < 16; value++) DIGIT[value.toString(16).charCodeAt(0)] = value

// Stamps come in runs: the same millisecond, the same node. What the last one needed is held, so that most texts are one concatenation.
// Memory only: the answer depends on the stamp alone.
let heldMs = -1
let heldHigh = -1
let heldNode: string | undefined
let head = ''
let tails: string[] | undefined

/** The digits of a number below 2^24. */
function sixDigits(value: number): string {
  return HEX[value >> 16]! + HEX[(value >> 8) & 255]! + HEX[value & 255]!
}

/**
 * The one text of a stamp: 12 digits of milliseconds, 4 of counter, and `-node`, as in `018bcfe568000000-node`.
 * Texts sort by code unit (`<`, not `localeCompare`) exactly as `compare` orders stamps.
 */
export function encode(stamp: Stamp): string {
  const { ms, count, node } = stamp
  if (ms !== heldMs || count >> 8 !== heldHigh || node !== heldNode || (count & 0xffff) !== count) {
    checkStamp(stamp)
    heldMs = ms
    heldHigh = count >> 8
    head = sixDigits(Math.floor(ms / 2 ** 24)) + sixDigits(ms % 2 ** 24) + HEX[heldHigh]!
    if (node !== heldNode) {
      heldNode = node
      tails = undefined
      return head + tail(count, node)
    }
  }
  // Begun with the second text of a node, so that stamps of many nodes in turn leave no lists behind.
  tails ??= []
  return head + (tails[count & 255] ??= tail(count, node))
}

function tail(count: number, node: string): string {
  return HEX[count & 255]! + (node && '-' + node)
}

/** The number that the digits from `at` to `end` spell; negative if one of them is none. */
function digits(text: string, at: number, end: number): number {
  let value = 0
  let bad = 0
  for (let i = at; i < end; i++) {
    const code = text.charCodeAt(i)
    const digit = DIGIT[code & 127]!
    // Negative for a character that is no digit, and for one beyond ASCII that the mask would take for one.
    bad |= digit | (127 - code)
    value = (value << 4) | digit
  }
  return bad < 0 ? -1 : value
}

/** Reads what `encode` writes and nothing else: one spelling, lower case, no blanks. Throws `MalformedError`. */
export function decode(text: string): Stamp {
  if (typeof text === 'string' && text.length >= 16 && text.length !== 17) {
    const high = digits(text, 0, 6)
    const low = digits(text, 6, 12)
    const count = digits(text, 12, 16)
    const node = text.slice(17)
    if ((high | low | count) >= 0 && (node === '' || text.charCodeAt(16) === 45) && isNode(node)) return { ms: high * 2 ** 24 + low, count, node }
  }
  throw new MalformedError("a stamp like '018bcfe568000000-node'", text)
}
