import { checkNode, checkStamp } from './core/stamp.ts'
import { randomNode, systemClock } from './ground/clock.ts'
import { checkFields, driftBound, type ClockOptions } from './ground/options.ts'
import type { PhysicalClock, Stamp } from './ground/types.ts'
import { hybridClock, type HybridClock } from './hybrid.ts'
import { createWatch } from './watch.ts'

/** Options, read once and checked. */
export interface Settings {
  readonly physical: PhysicalClock
  readonly maxDriftMs: number
  /** The state to begin with; it carries the node's id. */
  readonly start: Stamp
}

const FIELDS = ['node', 'clock', 'maxDriftMs', 'start', 'random']

/** @param more the names of fields that the caller reads itself */
export function readSettings(options: ClockOptions, more: readonly string[] = []): Settings {
  checkFields(options, [...FIELDS, ...more])
  const { node, clock: physical = systemClock, start, random } = options
  if (typeof physical?.now !== 'function') throw new TypeError('expected clock as { now(): number }')
  const { ms, count } = start === undefined ? { ms: 0, count: 0 } : checkStamp(start)
  const id = checkNode(node ?? (start?.node || randomNode(random)))
  return { physical, maxDriftMs: driftBound(options), start: { ms, count, node: id } }
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
  return hybridClock(start.node, physical, maxDriftMs, cell, createWatch(physical, () => last.ms))
}
