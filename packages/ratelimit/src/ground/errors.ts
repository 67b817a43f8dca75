/** Shows a value in an error message without letting it flood the log. */
export function show(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value.length > 40 ? `${value.slice(0, 40)}…` : value)
  if (typeof value === 'object' && value !== null) return Array.isArray(value) ? `an array of ${value.length}` : 'an object'
  return typeof value === 'function' ? 'a function' : String(value)
}

/** Says what was expected, what came, and what to do. Wrong types are a `TypeError`, wrong values a `RangeError`. */
export function wrong(what: string, expected: string, came: unknown, advice = ''): TypeError | RangeError {
  const message = `${what}: expected ${expected}, got ${show(came)}.${advice === '' ? '' : ` ${advice}`}`
  return typeof came === 'number' || typeof came === 'string' ? new RangeError(message) : new TypeError(message)
}
