import { systemClock, systemRandom } from './clock.ts'
import * as defaults from './defaults.ts'
import { wrongType, wrongValue } from './errors.ts'
import type { Clock } from './types.ts'

export interface LimiterOptions {
  readonly store?: undefined
  /** Time. Default: the platform's monotonic clock and timers. */
  readonly clock?: Clock | undefined
  /** Seeds the hash that spreads newcomers over shared buckets, so that nobody outside can aim. Default: the platform's. */
  readonly random?: (() => number) | undefined
  /** Keys that get a bucket of their own; 1 to 16 000 000, default 100 000. Beyond it newcomers share buckets; a spent key stays spent. */
  readonly maxKeys?: number | undefined
  /** Buckets for newcomers beyond `maxKeys`; 1 to 1 048 576, default 1024. */
  readonly sharedBuckets?: number | undefined
  /** Callers of `wait` that may queue, all keys together; 0 to 1 000 000, default 1000. The next one is refused with reason `queue`. */
  readonly maxWaiting?: number | undefined
  /** Names of charges remembered for `id`; 0 to 1 000 000, default 10 000. */
  readonly maxIds?: number | undefined
  /** Decide, report, but admit: what would have been refused is admitted with reason `shadow`. Default false. */
  readonly shadow?: boolean | undefined
}

export interface Settings {
  readonly clock: Clock
  readonly random: () => number
  readonly maxKeys: number
  readonly sharedBuckets: number
  readonly maxWaiting: number
  readonly maxIds: number
  readonly shadow: boolean
}

/** An option that is a whole number: what it is if it is not given (nothing where it must be), its least and its most. */
export type Range = readonly [fallback: number | undefined, least: number, most: number]

export function wholeNumber(what: string, value: unknown, least: number, most: number, advice = ''): number {
  const expected = `a whole number from ${least} to ${most}`
  if (typeof value !== 'number') throw wrongType(what, expected, value, advice)
  if (!Number.isInteger(value) || value < least || value > most) throw wrongValue(what, expected, value, advice)
  return value
}

/** Reads the whole numbers among the options. A name that means nothing is refused, so that a typing error does not silently leave a default in place. */
export function readNumbers<Name extends string>(what: string, options: object, ranges: Readonly<Record<Name, Range>>, others: readonly string[] = []): Record<Name, number> {
  if (typeof options !== 'object' || options === null || Array.isArray(options)) throw wrongType(what, 'an object of options', options)
  const known = [...others, ...Object.keys(ranges)]
  for (const name of Object.keys(options)) {
    if (!known.includes(name)) throw new TypeError(`${what}: unknown option ${JSON.stringify(name)}. Known options: ${known.join(', ')}.`)
  }
  const given = options as Readonly<Record<string, unknown>>
  const numbers = Object.entries<Range>(ranges).map(([name, [fallback, least, most]]) => [name, wholeNumber(`${what}: ${name}`, given[name] ?? fallback, least, most)])
  return Object.fromEntries(numbers) as Record<Name, number>
}

/** A clock that can be read, and that has timers where they are `needed`. */
export function readClock(what: string, clock: Clock = systemClock, needed = false): Clock {
  if (typeof clock?.monotonic === 'function' && (!needed || typeof clock.after === 'function')) return clock
  throw wrongType(`${what}: clock`, `an object with monotonic()${needed ? ' and after()' : ''}`, clock)
}

export function readFlag(what: string, value: unknown = false): boolean {
  if (typeof value === 'boolean') return value
  throw wrongType(what, 'true or false', value)
}

const ranges = {
  maxKeys: [defaults.maxKeys, 1, 16_000_000],
  sharedBuckets: [defaults.sharedBuckets, 1, 1 << 20],
  maxWaiting: [defaults.maxWaiting, 0, 1_000_000],
  maxIds: [defaults.maxIds, 0, 1_000_000],
} as const

export function readOptions(options: LimiterOptions): Settings {
  const numbers = readNumbers('createLimiter', options, ranges, ['store', 'clock', 'random', 'shadow'])
  const { random = systemRandom } = options
  if (typeof random !== 'function') throw wrongType('createLimiter: random', 'a function', random)
  return { ...numbers, random, clock: readClock('createLimiter', options.clock), shadow: readFlag('createLimiter: shadow', options.shadow) }
}
