import { rangeFrom, shift } from './core/range.ts'
import { checkStamp } from './core/stamp.ts'
import { advance, isAhead } from './core/tick.ts'
import { MAX_RESERVE, MS_END } from './ground/defaults.ts'
import { ClockError, DriftError, show } from './ground/errors.ts'
import type { ClockListener } from './ground/events.ts'
import type { PhysicalClock, Range, Stamp } from './ground/types.ts'
import type { Watch } from './watch.ts'

/** A hybrid logical clock: stamps of one node that always rise, and that follow everything the node has heard of. */
export interface HybridClock {
  readonly node: string
  /** How far hybrid time is ahead of the wall clock, in milliseconds; 0 when it is not. Reads the wall clock. */
  readonly leadMs: number
  /** The stamp of a local or send event, after every earlier one. Never refuses, whatever the wall clock did. */
  now(): Stamp
  /** The last stamp issued, or the start. Nothing moves. */
  peek(): Stamp
  /** The stamp of receiving `remote`: after it and after every earlier one. Throws `DriftError`, with the clock unmoved. */
  receive(remote: Stamp): Stamp
  /** As `receive`, with the refusal as a value. A malformed stamp still throws. */
  tryReceive(remote: Stamp): Stamp | DriftError
  /** One step for a whole batch: after all of them, or (`DriftError` about the furthest) after none. An empty batch is a `now()`. */
  receiveAll(remotes: Iterable<Stamp>): Stamp
  /** `size` consecutive stamps for one reading of the wall clock; 1 to 2^24. */
  reserve(size: number): Range
  /** Refusals, steps of the wall clock, suspensions, a growing lead, a second node with this id. A listener that throws is ignored. */
  onEvent(listener: ClockListener): Disposable
}

/** Where a clock keeps its last stamp: a variable, a word of shared memory, a window reserved in a store. */
export interface Cell {
  read(): Stamp
  /** Moves from `last` to `next`; false if another has moved it since `last` was read. Throws, unmoved, if `next` may not leave. */
  swap(last: Stamp, next: Stamp): boolean
}

/** The one clock over any cell: a loop of read, advance, swap. */
export function hybridClock(node: string, physical: PhysicalClock, maxDriftMs: number, cell: Cell, watch: Watch): HybridClock {
  /** The first of `size` stamps after the cell's and after `remote`. */
  const step = (wallMs: number, remote: Stamp | undefined, size: number): Stamp => {
    for (;;) {
      const last = cell.read()
      const news = remote !== undefined && isAhead(remote, last)
      const from = news ? remote : last
      const first = advance(from.ms, from.count, node, wallMs)
      const end = size === 1 ? first : shift(first, size - 1)
      if (end.ms >= MS_END) throw new ClockError('hybrid time below 2^48 ms', end)
      if (!cell.swap(last, end)) continue
      if (news && remote.node === node) watch.emit({ type: 'conflict', remote })
      watch.see(wallMs)
      return first
    }
  }
  const admit = (remote: Stamp): Stamp | DriftError => {
    const wallMs = physical.now()
    const offsetMs = remote.ms - Math.floor(wallMs)
    // An infinite offset is a broken wall clock, which the step below names.
    if (!(offsetMs > maxDriftMs) || offsetMs === Infinity) return step(wallMs, remote, 1)
    const error = new DriftError(remote, offsetMs, maxDriftMs)
    watch.emit({ type: 'refused', error })
    return error
  }
  const orThrow = (result: Stamp | DriftError): Stamp => {
    if (result instanceof DriftError) throw result
    return result
  }
  return {
    node,
    get leadMs() {
      return Math.max(0, cell.read().ms - Math.floor(physical.now()))
    },
    now: () => step(physical.now(), undefined, 1),
    peek: () => cell.read(),
    receive: (remote) => orThrow(admit(checkStamp(remote))),
    tryReceive: (remote) => admit(checkStamp(remote)),
    receiveAll(remotes) {
      let top: Stamp | undefined
      for (const remote of remotes) {
        if (top === undefined || isAhead(checkStamp(remote), top)) top = checkStamp(remote)
      }
      return top === undefined ? step(physical.now(), undefined, 1) : orThrow(admit(top))
    },
    reserve(size): Range {
      if (!(Number.isInteger(size) && size >= 1 && size <= MAX_RESERVE)) {
        throw new RangeError(`expected a whole number of stamps from 1 to ${MAX_RESERVE}, got ${show(size)}`)
      }
      return rangeFrom(step(physical.now(), undefined, size), size)
    },
    onEvent: (listener) => watch.onEvent(listener),
  }
}
