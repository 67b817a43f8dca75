// Wrong use is refused at the door, with what was expected, what came, and what to do.

const shown = (value: unknown): string =>
  typeof value === 'string' ? `'${value}'` : typeof value === 'object' && value !== null ? JSON.stringify(value) : String(value)

const refusal = (where: string, expected: string, value: unknown, advice: string): string =>
  `Expected ${where} to be ${expected}, got ${shown(value)}. ${advice}`

/** A number that is out of range is a RangeError, anything else in a number's place a TypeError. */
function refuseNumber(where: string, expected: string, value: unknown, advice: string): never {
  const Refusal = typeof value === 'number' ? RangeError : TypeError
  throw new Refusal(refusal(where, expected, value, advice))
}

/** A finite duration in milliseconds, at least 0. */
export function duration(where: string, value: unknown): number {
  if (typeof value === 'number' && value >= 0 && value < Infinity) return value
  refuseNumber(where, 'a finite number of milliseconds, at least 0', value, 'Durations are numbers: 1500 is one and a half seconds.')
}

/** A probability from 0 to 1. */
export function share(where: string, value: unknown): number {
  if (typeof value === 'number' && value >= 0 && value <= 1) return value
  refuseNumber(where, 'a share from 0 to 1', value, 'Shares are never percent: 0.05 is one in twenty.')
}

/** A safe integer within [min, max]. */
export function integer(where: string, value: unknown, min: number, max: number = Number.MAX_SAFE_INTEGER): number {
  if (Number.isSafeInteger(value) && (value as number) >= min && (value as number) <= max) return value as number
  refuseNumber(where, `an integer from ${min} to ${max}`, value, 'Round it before passing it in.')
}

/** Any finite number. */
export function finite(where: string, value: unknown): number {
  if (typeof value === 'number' && Number.isFinite(value)) return value
  refuseNumber(where, 'a finite number', value, 'NaN and Infinity are refused because they spread.')
}

export function flag(where: string, value: unknown): boolean {
  if (typeof value === 'boolean') return value
  throw new TypeError(refusal(where, 'true or false', value, 'Pass a boolean, not a word or a number.'))
}

export function callable<T>(where: string, value: T): T {
  if (typeof value === 'function') return value
  throw new TypeError(refusal(where, 'a function', value, 'Pass the function itself, not its result.'))
}

/** One of a few literals. */
export function oneOf<const T extends string>(where: string, value: unknown, allowed: readonly T[]): T {
  if ((allowed as readonly unknown[]).includes(value)) return value as T
  throw new TypeError(refusal(where, allowed.map((word) => `'${word}'`).join(' or '), value, 'The words are spelled exactly so.'))
}

/** A plain object whose keys are all known; a misspelt option must not be a silent default. */
export function fields(where: string, value: unknown, known: readonly string[]): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new TypeError(refusal(where, 'an object', value, `Known fields: ${known.join(', ')}.`))
  }
  for (const key of Object.keys(value)) {
    if (!known.includes(key)) throw new TypeError(`Expected ${where} to have known fields only, got '${key}'. Known fields: ${known.join(', ')}.`)
  }
  return value as Record<string, unknown>
}
