import { checkNode } from './core/node.ts'
import { checkStamp } from './core/stamp.ts'
import { checkFunction, checkMs, checkRest } from './ground/check.ts'
import { systemRandom, wallClock } from './ground/clock.ts'
import { MAX_DRIFT_MS } from './ground/defaults.ts'
import type { ClockOptions, Settings } from './ground/options.ts'

/** Every option checked, before anything is made. */
export function readSettings({
  clock: physical = wallClock,
  maxDriftMs = MAX_DRIFT_MS,
  start = { ms: 0, count: 0, node: '' },
  random = systemRandom,
  // 104 bits: a million nodes never meet.
  node = start.node || [0, 0].map(() => Math.floor(random() * 2 ** 52).toString(36)).join(''),
  ...rest
}: ClockOptions): Settings {
  checkRest(rest)
  checkFunction('clock.now', physical.now)
  checkMs('maxDriftMs', maxDriftMs)
  checkStamp(start)
  checkNode(node)
  return { physical, maxDriftMs, start: { ms: start.ms, count: start.count, node } }
}
