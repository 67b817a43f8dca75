/** Checks at the door: a wrong option is an error that says what was expected, and nothing has changed. */
import type { RetryOptions } from './types.ts'

/** A number in [min, max]; `fallback` when absent. */
export function number(name: string, value: number | undefined, fallback: number, min: number, max: number = Infinity): number {
  if (value === undefined) return fallback
  if (typeof value !== 'number' || !(value >= min && value <= max)) {
    throw new RangeError(`expected ${name} to be a number from ${min} to ${max}, came ${String(value)}`)
  }
  return value
}

/** Text that says something. */
export function nonEmpty(what: string, value: string): void {
  if (typeof value !== 'string' || value === '') throw new TypeError(`expected ${what} as non-empty text, came ${String(value)}`)
}

/** One of a few words, or none. */
export function oneOf(what: string, value: string | undefined, words: readonly string[]): void {
  if (value !== undefined && !words.includes(value)) throw new TypeError(`expected ${what} '${words.join("' or '")}', came ${String(value)}`)
}

/** Refuses fields that nobody reads: a misspelt option must not be a silent default. */
export function known(what: string, options: object, names: readonly string[]): void {
  for (const name of Object.keys(options)) {
    if (!names.includes(name)) throw new TypeError(`${what}: unknown option '${name}'; there are ${names.join(', ')}`)
  }
}

/** Retry options with every field filled and checked. */
export function retryOptions(what: string, given: RetryOptions | undefined, fallback: Required<RetryOptions>): Required<RetryOptions> {
  if (given === undefined) return fallback
  known(what, given, ['retries', 'baseMs', 'maxMs', 'factor', 'jitter', 'when'])
  return {
    retries: number(`${what}.retries`, given.retries, fallback.retries, 0),
    baseMs: number(`${what}.baseMs`, given.baseMs, fallback.baseMs, 0),
    maxMs: number(`${what}.maxMs`, given.maxMs, fallback.maxMs, 0),
    factor: number(`${what}.factor`, given.factor, fallback.factor, 1),
    jitter: number(`${what}.jitter`, given.jitter, fallback.jitter, 0, 1),
    when: given.when ?? fallback.when,
  }
}
