import { MalformedError } from './errors.ts'

/** Throws a `MalformedError` that says what was expected and what came, unless `ok`. */
export function check(ok: boolean, expected: string, input: unknown): asserts ok {
  if (!ok) throw new MalformedError(expected, input)
}

/** Throws at the first field that nobody has taken out of the options: a misspelt one must not pass in silence. */
export function checkRest(rest: object): void {
  const [name] = Object.keys(rest)
  check(name === undefined, 'a known option', name)
}

export function checkFunction(name: string, run: unknown): void {
  check(typeof run === 'function', `${name} as a function`, run)
}

/** A time as options give it: 0 to Infinity. */
export function checkMs(name: string, ms: number): void {
  check(typeof ms === 'number' && ms >= 0, `${name} from 0 on`, ms)
}

export function checkCount(name: string, count: number): void {
  check(count >= 1 && isWhole(count, 2 ** 32), `${name} as a whole number from 1 on`, count)
}

/** Whether `value` is a whole number from 0 to below `end`. */
export function isWhole(value: number, end: number): boolean {
  // Rounding makes a number of anything that looks like one, so that only a number can equal the result.
  return value >= 0 && value < end && Math.floor(value) === value
}
