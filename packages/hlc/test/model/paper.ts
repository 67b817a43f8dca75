import type { Stamp } from '../../src/index.ts'
import type { Subject } from './history.ts'

/**
 * The rules as the paper prints them, case by case, with exact unbounded numbers; a full counter is spelt out as time + 1.
 * Slow and obvious on purpose.
 */
export function paperClock(node: string): Subject {
  let l = 0n
  let c = 0n
  const issue = (): Stamp => {
    if (c === 65_536n) {
      l += 1n
      c = 0n
    }
    return { ms: Number(l), count: Number(c), node }
  }
  return {
    now(wallMs) {
      const before = l
      const physical = BigInt(wallMs)
      l = before > physical ? before : physical
      c = l === before ? c + 1n : 0n
      return issue()
    },
    receive(remote, wallMs) {
      const before = l
      const theirs = BigInt(remote.ms)
      const physical = BigInt(wallMs)
      for (const other of [theirs, physical]) if (other > l) l = other
      if (l === before && l === theirs) c = (c > BigInt(remote.count) ? c : BigInt(remote.count)) + 1n
      else if (l === before) c += 1n
      else if (l === theirs) c = BigInt(remote.count) + 1n
      else c = 0n
      return issue()
    },
  }
}
