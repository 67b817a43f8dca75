/**
 * Positions as strings of digits, so that there is always one more between any two. (Fractional indexing, Greenspan 2017.)
 *
 * A position is an integer and a fraction. The integer begins with a letter that tells its length: 'a0' to 'az', then 'b00' and so on upwards, and from 'Zz' downwards, then 'Yzz'.
 * So positions at an end grow with the logarithm of their number. The fraction ends in a mark that only its maker makes: two that are put to one place at once
 * have two positions, and something can be put between them later.
 */
import { checksum } from './codec/checksum.ts'

const DIGITS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
const FIRST = 'a0'

/** After `a` and before `b`; undefined stands for either end. `token` is a name that nobody else gives. */
export function between(a: string | undefined, b: string | undefined, token: string): string {
  return placeBetween(a, b) + markOf(token)
}

/** What somebody forged is at the first place. */
export const checkedPosition = (position: unknown): string =>
  typeof position === 'string' && /^[A-Za-z][0-9A-Za-z]+$/.test(position) && position.length >= lengthOf(position) ? position : FIRST

function placeBetween(a: string | undefined, b: string | undefined): string {
  if (a === undefined) return b === undefined ? FIRST : step(integerOf(b), -1) ?? integerOf(b) + middle('', fractionOf(b))
  const integer = integerOf(a)
  const next = step(integer, 1)
  if (next !== undefined && (b === undefined || next < integerOf(b))) return next
  return integer + middle(fractionOf(a), b !== undefined && integerOf(b) === integer ? fractionOf(b) : undefined)
}

function lengthOf(position: string): number {
  const head = position.charCodeAt(0)
  return head < 97 ? 92 - head : head - 95
}

const integerOf = (position: string): string => position.slice(0, lengthOf(position))
const fractionOf = (position: string): string => position.slice(lengthOf(position))

/** The integer after or before; undefined beyond the longest ones. */
function step(integer: string, by: 1 | -1): string | undefined {
  const digits = Array.from(integer.slice(1), (digit) => DIGITS.indexOf(digit))
  for (let at = digits.length - 1; at >= 0; at--) {
    const digit = digits[at]! + by
    if (digit >= 0 && digit < DIGITS.length) return integer.slice(0, at + 1) + DIGITS[digit]! + (by > 0 ? '0' : 'z').repeat(digits.length - 1 - at)
  }
  const head = integer === 'Zz' ? 'a' : integer === 'a0' ? 'Z' : String.fromCharCode(integer.charCodeAt(0) + by)
  return /[A-Za-z]/.test(head) ? head + (by > 0 ? '0' : 'z').repeat(lengthOf(head) - 1) : undefined
}

/** A fraction above `low` and below `high`, in the middle where they first leave room. It never ends in 0, so there is room below it. */
function middle(low: string, high: string | undefined): string {
  let result = ''
  let limit = high
  for (let at = 0; ; at++) {
    const from = at < low.length ? DIGITS.indexOf(low[at]!) : 0
    const to = limit !== undefined && at < limit.length ? DIGITS.indexOf(limit[at]!) : DIGITS.length
    if (to - from > 1) return result + DIGITS[(from + to) >> 1]!
    result += DIGITS[from]!
    if (to !== from) limit = undefined
  }
}

/** Five or six digits without 0. */
function markOf(token: string): string {
  const bytes = new TextEncoder().encode(token)
  let mark = ''
  for (let rest = checksum(bytes, 0, bytes.length); rest > 0; rest = Math.floor(rest / 61)) mark += DIGITS[1 + (rest % 61)]!
  return mark
}
