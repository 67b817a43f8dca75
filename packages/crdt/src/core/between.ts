/** Positions as strings of digits, so that there is always one more between any two. (Fractional indexing, Greenspan 2017.) */

const DIGITS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'

/** A position after `a` and before `b`; `''` stands for the beginning, undefined for the end. Never ends in the lowest digit, so there is room below it. */
export function between(a: string, b: string | undefined): string {
  let shared = 0
  for (; shared < (b?.length ?? 0); shared++) if ((a[shared] ?? '0') !== b![shared]) break
  if (shared > 0) return b!.slice(0, shared) + between(a.slice(shared), b!.slice(shared))
  const low = a === '' ? 0 : DIGITS.indexOf(a[0]!)
  const high = b === undefined || b === '' ? DIGITS.length : DIGITS.indexOf(b[0]!)
  if (high - low > 1) return DIGITS[(low + high) >> 1]!
  if (b !== undefined && b.length > 1) return b[0]!
  return DIGITS[low]! + between(a.slice(1), undefined)
}
