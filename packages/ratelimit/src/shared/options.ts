import { systemClock, systemRandom } from '../ground/clock.ts'
import * as defaults from '../ground/defaults.ts'
import { wrongType, wrongValue } from '../ground/errors.ts'
import { checkNames, wholeNumber } from '../ground/options.ts'
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

const names = ['store', 'clock', 'random', 'timeoutMs', 'outage', 'replicas', 'lease', 'recallMs', 'maxKeys', 'maxWaiting', 'shadow']

export function readShared(options: SharedOptions): SharedSettings {
  checkNames('createLimiter', options, names)
  const { clock = systemClock, random = systemRandom, outage = 'local', lease = false, shadow = false } = options
  if (typeof clock?.monotonic !== 'function' || typeof clock.after !== 'function') throw wrongType('createLimiter: clock', 'an object with monotonic() and after()', clock)
  if (outage !== 'local' && outage !== 'allow' && outage !== 'refuse') throw wrongValue('createLimiter: outage', "'local', 'allow' or 'refuse'", outage)
  for (const [name, value] of Object.entries({ lease, shadow })) if (typeof value !== 'boolean') throw wrongType(`createLimiter: ${name}`, 'true or false', value)
  return {
    clock: clock as Required<Clock>,
    random,
    outage,
    lease,
    shadow,
    timeoutMs: wholeNumber('createLimiter: timeoutMs', options.timeoutMs ?? defaults.timeoutMs, 1, 60_000),
    replicas: wholeNumber('createLimiter: replicas', options.replicas ?? 1, 1, 100_000),
    recallMs: wholeNumber('createLimiter: recallMs', options.recallMs ?? defaults.recallMs, 0, 3_600_000),
    maxKeys: wholeNumber('createLimiter: maxKeys', options.maxKeys ?? defaults.maxKeys, 1, 16_000_000),
    maxWaiting: wholeNumber('createLimiter: maxWaiting', options.maxWaiting ?? defaults.maxWaiting, 0, 1_000_000),
  }
}
