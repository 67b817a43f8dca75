import { MAX_COUNT } from '../ground/defaults.ts'
import { MalformedError } from '../ground/errors.ts'
import type { Stamp } from '../ground/types.ts'
import { isNode } from './node.ts'
import { areFields, isRecord, refuse } from './stamp.ts'

/** Two digits for each byte. */
const HEX: readonly string[] = Array.from({ length: 256 }, (_, byte) => (byte + 256).toString(16).slice(1))

/** The value of each lower-case digit by its code. What is no digit has none, so that a number which it enters is NaN from there on. */
const DIGIT: number[] = []
for (let value = 0; value < 16; value++) DIGIT[value.toString(16).charCodeAt(0)] = value

// Stamps come in runs: the same millisecond, the same node. What the last one needed is held, so that most texts are one concatenation.
// Memory only: the answer depends on the stamp alone.
let heldMs = -1
let heldHigh = -1
let heldNode = ''
let head = ''
let tails: string[] | undefined

/**
 * The one text of a stamp: 12 digits of milliseconds, 4 of counter, and `-node`, as in `018bcfe568000000-node`.
 * Texts sort by code unit (`<`, not `localeCompare`) exactly as `compare` orders stamps.
 */
export function encode(stamp: Stamp): string {
  if (!isRecord(stamp)) refuse(stamp)
  const { ms, count, node } = stamp
  if (ms !== heldMs || count >> 8 !== heldHigh || node !== heldNode || (count & MAX_COUNT) !== count) {
    if (!areFields(ms, count, node)) refuse({ ms, count, node })
    // Begun when a node comes again, so that stamps of many nodes in turn leave no lists behind.
    tails = node === heldNode ? (tails ?? []) : undefined
    heldMs = ms
    heldHigh = count >> 8
    heldNode = node
    head = ''
    for (let unit = 2 ** 40; unit >= 1; unit /= 256) head += HEX[(ms / unit) & 255]
    head += HEX[heldHigh]
  }
  return head + (tails ? (tails[count & 255] ??= tail(count, node)) : tail(count, node))
}

function tail(count: number, node: string): string {
  return HEX[count & 255] + (node && `-${node}`)
}

/** The number that the digits from `at` to `end` spell; NaN if one of them is none. */
function digits(text: string, at: number, end: number): number {
  let value = 0
  for (; at < end; at++) value = value * 16 + DIGIT[text.charCodeAt(at)]!
  return value
}

/** Reads what `encode` writes and nothing else: one spelling, lower case, no blanks. Throws `MalformedError`. */
export function decode(text: string): Stamp {
  if (typeof text === 'string') {
    // By halves, for whole numbers of 24 bits are quicker than doubles.
    const ms = digits(text, 0, 6) * 2 ** 24 + digits(text, 6, 12)
    const count = digits(text, 12, 16)
    const node = text.slice(17)
    if (ms + count >= 0 && (node ? text[16] === '-' : text.length === 16) && isNode(node)) return { ms, count, node }
  }
  throw new MalformedError("a stamp like '018bcfe568000000-node'", text)
}
