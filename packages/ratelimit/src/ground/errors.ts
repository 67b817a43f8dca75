/** Shows a value in an error message without letting it flood the log. */
export function show(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value.length > 40 ? `${value.slice(0, 40)}…` : value)
  if (typeof value === 'object' && value !== null) return Array.isArray(value) ? `an array of ${value.length}` : 'an object'
  return typeof value === 'function' ? 'a function' : String(value)
}

const message = (what: string, expected: string, came: unknown, advice: string): string =>
  `${what}: expected ${expected}, got ${show(came)}.${advice === '' ? '' : ` ${advice}`}`

/** A value of the right type that is out of range: what was expected, what came, what to do. */
export const wrongValue = (what: string, expected: string, came: unknown, advice: string = ''): RangeError =>
  new RangeError(message(what, expected, came, advice))

/** A value of another type than expected. */
export const wrongType = (what: string, expected: string, came: unknown, advice: string = ''): TypeError =>
  new TypeError(message(what, expected, came, advice))
