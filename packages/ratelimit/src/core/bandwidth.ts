import { maxDebt } from '../ground/defaults.ts'
import { wrongType, wrongValue } from '../ground/errors.ts'
import { readNumbers } from '../ground/options.ts'
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
}

const spans: Readonly<Record<number, string>> = { 1000: 'second', 60_000: 'minute', 3_600_000: 'hour', 86_400_000: 'day' }

const gcd = (a: number, b: number): number => (b === 0 ? a : gcd(b, a % b))

function readName(name: unknown, limit: number, perMs: number): string {
  if (name === undefined) return `${limit}-per-${spans[perMs] ?? (perMs % 1000 === 0 ? `${perMs / 1000}s` : `${perMs}ms`)}`
  if (typeof name !== 'string') throw wrongType('limit: name', 'a string', name)
  if (!/^[\x20-\x7e]{1,64}$/.test(name)) throw wrongValue('limit: name', '1 to 64 printable ASCII characters', name)
  return name
}

export function compileLimit(given: Limit): Bandwidth {
  const most = Number.MAX_SAFE_INTEGER
  const { limit, perMs, burst } = readNumbers('limit', given, { limit: [undefined, 1, most], perMs: [undefined, 1, most], burst: [given?.limit, 1, most] }, ['name'])
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
  return { name, limit, perMs, burst, weight, drain, capacity: burst * weight }
}

/** Checks and compiles the limits of one limiter, which hold together: one to eight, each with a name of its own. */
export function compileLimits(limits: Limit | readonly Limit[]): readonly Bandwidth[] {
  const compiled = [limits].flat().map(compileLimit)
  if (compiled.length < 1 || compiled.length > 8) throw new RangeError(`limits: expected one to eight limits, got ${compiled.length}.`)
  if (new Set(compiled.map(({ name }) => name)).size < compiled.length) throw new RangeError('limits: a name is used twice. Give each limit a name of its own.')
  return compiled
}

export const toPolicy = ({ name, limit, perMs, burst }: Bandwidth): Policy => ({ name, limit, perMs, burst })
