import { checkNode } from './core/node.ts'
import { checkStamp } from './core/stamp.ts'
import { checkFunction, checkRest, checkWhole } from './ground/check.ts'
import { systemRandom, wallClock } from './ground/clock.ts'
import { MAX_DRIFT_MS } from './ground/defaults.ts'
import type { ClockOptions, Settings } from './ground/options.ts'

/** Every option checked, before anything is made. */
export function readSettings({
  clock = wallClock,
  maxDriftMs = MAX_DRIFT_MS,
  start = { ms: 0, count: 0, node: '' },
  random = systemRandom,
  // 104 bits: a million nodes never meet.
  node = start.node || (random() * 2 ** 53).toString(36) + (random() * 2 ** 53).toString(36),
  ...rest
}: ClockOptions): Settings {
  checkRest(rest)
  checkFunction('clock.now', clock.now)
  checkWhole('maxDriftMs', maxDriftMs, 0, Infinity)
  checkStamp(start)
  checkNode(node)
  return { node, clock, maxDriftMs, start }
}
