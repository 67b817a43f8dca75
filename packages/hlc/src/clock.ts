import type { ClockOptions } from './ground/options.ts'
import { hybridClock, localCell, type HybridClock } from './hybrid.ts'
import { createListeners } from './listeners.ts'
import { readSettings } from './settings.ts'

/**
 * A clock whose state lives in this process. For one that stays strictly rising through restarts see `/durable`, for one that all
 * threads share see `/shared`.
 *
 * @throws MalformedError at an unknown option or one out of its range
 */
export function createClock(options: ClockOptions = {}): HybridClock {
  const settings = readSettings(options)
  return hybridClock(settings, localCell(settings.start), createListeners())
}
