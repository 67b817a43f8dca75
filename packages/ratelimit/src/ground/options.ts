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

/** Refuses names that mean nothing, so that a typing error does not silently leave a default in place. */
export function checkNames(what: string, options: object, known: readonly string[]): void {
  if (typeof options !== 'object' || options === null || Array.isArray(options)) throw wrongType(what, 'an object of options', options)
  for (const name of Object.keys(options)) {
    if (!known.includes(name)) throw new TypeError(`${what}: unknown option ${JSON.stringify(name)}. Known options: ${known.join(', ')}.`)
  }
}

export function wholeNumber(what: string, value: unknown, least: number, most: number, advice = ''): number {
  const expected = `a whole number from ${least} to ${most}`
  if (typeof value !== 'number') throw wrongType(what, expected, value, advice)
  if (!Number.isInteger(value) || value < least || value > most) throw wrongValue(what, expected, value, advice)
  return value
}

const names = ['store', 'clock', 'random', 'maxKeys', 'sharedBuckets', 'maxWaiting', 'maxIds', 'shadow']

export function readOptions(options: LimiterOptions): Settings {
  checkNames('createLimiter', options, names)
  const { clock = systemClock, random = systemRandom, shadow = false } = options
  if (typeof clock?.monotonic !== 'function') throw wrongType('createLimiter: clock', 'an object with monotonic()', clock)
  if (typeof random !== 'function') throw wrongType('createLimiter: random', 'a function', random)
  if (typeof shadow !== 'boolean') throw wrongType('createLimiter: shadow', 'true or false', shadow)
  return {
    clock,
    random,
    shadow,
    maxKeys: wholeNumber('createLimiter: maxKeys', options.maxKeys ?? defaults.maxKeys, 1, 16_000_000),
    sharedBuckets: wholeNumber('createLimiter: sharedBuckets', options.sharedBuckets ?? defaults.sharedBuckets, 1, 1 << 20),
    maxWaiting: wholeNumber('createLimiter: maxWaiting', options.maxWaiting ?? defaults.maxWaiting, 0, 1_000_000),
    maxIds: wholeNumber('createLimiter: maxIds', options.maxIds ?? defaults.maxIds, 0, 1_000_000),
  }
}
