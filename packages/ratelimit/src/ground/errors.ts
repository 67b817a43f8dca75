/** Shows a value in an error message without letting it flood the log. */
function show(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value.length > 40 ? `${value.slice(0, 40)}…` : value)
  return Object(value) === value ? `some ${typeof value}` : String(value)
}

type ErrorClass = new (message: string) => Error

/** What was expected, what came, what to do. */
const wrong = (Kind: ErrorClass, what: string, expected: string, came: unknown, advice: string): Error =>
  new Kind(`${what}: expected ${expected}, got ${show(came)}.${advice}`)

/** A value of the right type that is out of range. */
export const wrongValue = (what: string, expected: string, came: unknown, advice = ''): Error => wrong(RangeError, what, expected, came, advice)

/** A value of another type than expected. */
export const wrongType = (what: string, expected: string, came: unknown, advice = ''): Error => wrong(TypeError, what, expected, came, advice)
