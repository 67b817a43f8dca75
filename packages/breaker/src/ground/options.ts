import { LONGEST_MS } from './defaults.ts'

/** What one option may be: its default, which is not checked, what is wanted in words, and whether a value is that. */
export type Check<T> = readonly [fallback: T, want: string, good: (value: unknown) => boolean]

type Shape = Readonly<Record<string, Check<unknown>>>
type Read<S extends Shape> = { readonly [K in keyof S]: S[K] extends Check<infer T> ? T : never }

/** A check of one's own. */
export const check = <T>(fallback: T, want: string, good: (value: unknown) => boolean): Check<T> => [fallback, want, good]

/** A number from `low` to `high`. */
export const between = <T = number>(fallback: T, low: number, high: number): Check<T | number> =>
  [fallback, `a number from ${low} to ${high}`, (value) => typeof value === 'number' && value >= low && value <= high]

/** Milliseconds that a timer can hold. */
export const duration = <T = number>(fallback: T, low: number = 0): Check<T | number> => between(fallback, low, LONGEST_MS)

/** A share of the whole, never percent; `low` where zero makes no sense. */
export const share = <T = number>(fallback: T, low: number = 0): Check<T | number> => between(fallback, low, 1)

/** A whole number. */
export const count = <T = number>(fallback: T, low: number = 1): Check<T | number> =>
  [fallback, `a whole number, ${low} or more`, (value) => Number.isSafeInteger(value) && (value as number) >= low]

/** Any value of one JavaScript type. */
export const typed = <T>(fallback: T, type: 'string' | 'function' | 'boolean' | 'object'): Check<T> =>
  [fallback, `of type ${type}`, (value) => typeof value === type && value !== null]

/** One of a few words; the first is the default. */
export const oneOf = <T extends string>(...words: readonly [T, ...T[]]): Check<T> =>
  [words[0], `one of ${words.join(', ')}`, (value) => words.includes(value as T)]

/** An error that says what was expected and what came, unless the value is good. */
export function expect<T>(where: string, name: string, value: unknown, [, want, good]: Check<T>): asserts value is T {
  if (!good(value)) throw new (typeof value === 'number' ? RangeError : TypeError)(`${where}: ${name} must be ${want}; got ${String(value)}`)
}

/** Copies the options, each checked or defaulted. An unknown name is an error, so that a typing mistake does not become a default. */
export function read<const S extends Shape>(where: string, options: object | undefined, shape: S): Read<S> {
  expect(where, 'options', options ?? {}, typed({}, 'object'))
  const values: Record<string, unknown> = { ...options }
  for (const name in { ...shape, ...values }) {
    if (!Object.hasOwn(shape, name)) throw new TypeError(`${where}: unknown option "${name}"; it takes ${Object.keys(shape).join(', ')}`)
    const wanted = shape[name] as Check<unknown>
    if (values[name] === undefined) values[name] = wanted[0]
    else expect(where, name, values[name], wanted)
  }
  return values as Read<S>
}
