import { maxDebt } from '../ground/defaults.ts'
import { wrongType, wrongValue } from '../ground/errors.ts'
import { checkNames, wholeNumber } from '../ground/options.ts'
import type { Limit, Policy } from '../ground/types.ts'

/**
 * A limit in lowest terms. With g = gcd(limit, perMs), one token weighs `weight` = perMs / g and one millisecond drains
 * `drain` = limit / g, so that everything that follows is whole numbers and no rate is ever rounded.
 * The idea of counting in scaled time is GCRA's (ITU-T I.371); the reduction is what makes it exact.
 */
export interface Bandwidth extends Policy {
  readonly weight: number
  readonly drain: number
  /** burst · weight: the most debt a bucket can take on by `take`. */
  readonly capacity: number
  /** Milliseconds from empty to full. */
  readonly fullMs: number
}

const spans: readonly (readonly [number, string])[] = [
  [86_400_000, 'day'],
  [3_600_000, 'hour'],
  [60_000, 'minute'],
  [1000, 'second'],
]

function defaultName(limit: number, perMs: number): string {
  const span = spans.find(([ms]) => ms === perMs)?.[1]
  return `${limit}-per-${span ?? (perMs % 1000 === 0 ? `${perMs / 1000}s` : `${perMs}ms`)}`
}

const gcd = (a: number, b: number): number => (b === 0 ? a : gcd(b, a % b))

function readName(name: unknown, limit: number, perMs: number): string {
  if (name === undefined) return defaultName(limit, perMs)
  if (typeof name !== 'string') throw wrongType('limit: name', 'a string', name)
  if (!/^[\x20-\x7e]{1,64}$/.test(name)) throw wrongValue('limit: name', '1 to 64 printable ASCII characters', name)
  return name
}

export function compileLimit(given: Limit): Bandwidth {
  checkNames('limit', given, ['limit', 'perMs', 'burst', 'name'])
  const limit = wholeNumber('limit: limit', given.limit, 1, Number.MAX_SAFE_INTEGER)
  const perMs = wholeNumber('limit: perMs', given.perMs, 1, Number.MAX_SAFE_INTEGER)
  const burst = wholeNumber('limit: burst', given.burst ?? limit, 1, Number.MAX_SAFE_INTEGER)
  const name = readName(given.name, limit, perMs)
  const common = gcd(limit, perMs)
  const weight = perMs / common
  const drain = limit / common
  if (burst > maxDebt / weight || drain > maxDebt / 2) {
    throw new RangeError(
      `limit: ${limit} per ${perMs} ms with a burst of ${burst} cannot be counted exactly in 53 bits. ` +
        'Round the limit to a number that shares factors with the period (a multiple of 1000, say), or lower the burst.',
    )
  }
  const capacity = burst * weight
  return { name, limit, perMs, burst, weight, drain, capacity, fullMs: Math.ceil(capacity / drain) }
}

/** Checks and compiles the limits of one limiter, which hold together: one to eight, each with a name of its own. */
export function compileLimits(limits: Limit | readonly Limit[]): readonly Bandwidth[] {
  const list: readonly Limit[] = Array.isArray(limits) ? limits : [limits as Limit]
  if (list.length < 1 || list.length > 8) throw new RangeError(`limits: expected one to eight limits, got ${list.length}.`)
  const compiled = list.map(compileLimit)
  for (const [index, { name }] of compiled.entries()) {
    if (compiled.findIndex((other) => other.name === name) !== index) {
      throw new RangeError(`limits: the name ${JSON.stringify(name)} is used twice. Give each limit a name of its own.`)
    }
  }
  return compiled
}

export const toPolicy = ({ name, limit, perMs, burst }: Bandwidth): Policy => ({ name, limit, perMs, burst })
