import { MalformedError } from './errors.ts'

/** Throws a `MalformedError` that says what was expected and what came, unless `ok`. */
export function check(ok: boolean, expected: string, input: unknown): asserts ok {
  if (!ok) throw new MalformedError(expected, input)
}

/** Whether `value` is a whole number (or Infinity) between both bounds, themselves included. */
export function isWhole(value: number, from: number, to: number): boolean {
  // Rounding makes a number of anything that looks like one, so that only a number can equal the result.
  return value >= from && value <= to && Math.floor(value) === value
}

export function checkWhole(name: string, value: number, from: number, to: number): void {
  check(isWhole(value, from, to), `${name} from ${from} to ${to}`, value)
}

/** Throws at the first field that nobody has taken out of the options: a misspelt one must not pass in silence. */
export function checkRest(rest: object): void {
  for (const name in rest) check(false, 'a known option', name)
}

export function checkFunction(name: string, run: unknown): void {
  check(typeof run === 'function', `${name} as a function`, run)
}
