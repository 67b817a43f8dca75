import { checkNode } from './core/node.ts'
import { checkStamp } from './core/stamp.ts'
import { systemClock, systemRandom } from './ground/clock.ts'
import { MAX_DRIFT_MS } from './ground/defaults.ts'
import { checkFunction, checkMs, refuseUnknown, type ClockOptions } from './ground/options.ts'
import type { PhysicalClock } from './ground/physical.ts'
import type { Stamp } from './ground/types.ts'
import { hybridClock, type HybridClock } from './hybrid.ts'
import { createListeners } from './listeners.ts'

/** Options, read once and checked. */
export interface Settings {
  readonly physical: PhysicalClock
  readonly maxDriftMs: number
  /** The state to begin with; it carries the node's id. */
  readonly start: Stamp
}

/** Sixteen random hexadecimal digits: two of a million nodes meet with odds of one in 37 million. */
function randomNode(random: () => number): string {
  return Array.from({ length: 16 }, () => Math.floor(random() * 16).toString(16)).join('')
}

/** Every option checked, before anything is made. */
export function readSettings(options: ClockOptions): Settings {
  const {
    clock = systemClock,
    maxDriftMs = MAX_DRIFT_MS,
    start = { ms: 0, count: 0, node: '' },
    random = systemRandom,
    node = start.node || randomNode(random),
    ...rest
  } = options
  refuseUnknown(rest)
  const { ms, count } = checkStamp(start)
  checkFunction('clock.now', clock.now)
  return { physical: clock, maxDriftMs: checkMs('maxDriftMs', maxDriftMs), start: { ms, count, node: checkNode(node) } }
}

/**
 * A clock whose state lives in this process. For one that stays strictly rising through restarts see `/durable`, for one that all
 * threads share see `/shared`.
 *
 * @throws TypeError or RangeError at an unknown option or one out of its range
 */
export function createClock(options: ClockOptions = {}): HybridClock {
  const { physical, maxDriftMs, start } = readSettings(options)
  let last = start
  const cell = {
    read: () => last,
    swap(_: Stamp, next: Stamp) {
      last = next
      return true
    },
  }
  return hybridClock(start.node, physical, maxDriftMs, cell, createListeners())
}
