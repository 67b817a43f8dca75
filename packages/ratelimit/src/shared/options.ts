import { systemRandom } from '../ground/clock.ts'
import * as defaults from '../ground/defaults.ts'
import { wrongType, wrongValue } from '../ground/errors.ts'
import { readClock, readFlag, readNumbers } from '../ground/options.ts'
import type { Outage, SharedOptions } from '../ground/store.ts'
import type { Clock } from '../ground/types.ts'

export interface SharedSettings {
  readonly clock: Required<Clock>
  readonly random: () => number
  readonly timeoutMs: number
  readonly outage: Outage
  readonly replicas: number
  readonly lease: boolean
  readonly recallMs: number
  readonly maxKeys: number
  readonly maxWaiting: number
  readonly shadow: boolean
}

const ranges = {
  timeoutMs: [defaults.timeoutMs, 1, 60_000],
  replicas: [1, 1, 100_000],
  recallMs: [defaults.recallMs, 0, 3_600_000],
  maxKeys: [defaults.maxKeys, 1, 16_000_000],
  maxWaiting: [defaults.maxWaiting, 0, 1_000_000],
} as const

export function readOutage(what: string, outage: unknown = 'local'): Outage {
  if (outage === 'local' || outage === 'allow' || outage === 'refuse') return outage
  throw wrongValue(`${what}: outage`, "'local', 'allow' or 'refuse'", outage)
}

export function readShared(options: SharedOptions): SharedSettings {
  const what = 'createLimiter'
  const numbers = readNumbers(what, options, ranges, ['store', 'clock', 'random', 'outage', 'lease', 'shadow'])
  const { random = systemRandom } = options
  if (typeof random !== 'function') throw wrongType(`${what}: random`, 'a function', random)
  return {
    ...numbers,
    random,
    clock: readClock(what, options.clock, true) as Required<Clock>,
    outage: readOutage(what, options.outage),
    lease: readFlag(`${what}: lease`, options.lease),
    shadow: readFlag(`${what}: shadow`, options.shadow),
  }
}
