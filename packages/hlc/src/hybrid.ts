import { rangeFrom } from './core/range.ts'
import { checkStamp } from './core/stamp.ts'
import { advance, isAhead, shift } from './core/tick.ts'
import { check, isWhole } from './ground/check.ts'
import { LEAD_MS, MAX_RESERVE } from './ground/defaults.ts'
import { DriftError } from './ground/errors.ts'
import type { ClockEvent, ClockListener } from './ground/events.ts'
import type { Settings } from './ground/options.ts'
import type { Range, Stamp } from './ground/types.ts'
import type { Listeners } from './listeners.ts'

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
  /** Refusals, a growing lead, a second node with this id; steps and suspensions where the physical clock is watched. */
  onEvent(listener: ClockListener): Disposable
}

/** Where a clock keeps its last stamp: a variable, a word of shared memory, a window reserved in a store. */
export interface Cell {
  readonly read: () => Stamp
  /** Moves from `last` to `next`; false if another has moved it since `last` was read. Throws, unmoved, if `next` may not leave. */
  swap(last: Stamp, next: Stamp): boolean
}

/** The one clock over any cell: a loop of read, advance, swap. */
export function hybridClock({ physical, maxDriftMs, start: { node } }: Settings, cell: Cell, { emit, add }: Listeners<ClockEvent>): HybridClock {
  let leadBarMs = LEAD_MS
  physical.onEvent?.(emit)

  /** The first of `size` stamps after the cell's and after `remote`. */
  const step = (wallMs: number, remote?: Stamp, size = 1): Stamp => {
    for (;;) {
      const last = cell.read()
      const news = remote !== undefined && isAhead(remote, last)
      const first = advance(news ? remote : last, wallMs, node)
      if (!cell.swap(last, size > 1 ? shift(first, size - 1, node) : first)) continue
      if (news && remote.node === node) emit({ type: 'conflict', remote })
      const leadMs = first.ms - wallMs
      if (leadMs >= leadBarMs) {
        leadBarMs = leadMs * 2
        emit({ type: 'lead', leadMs, wallMs })
      } else if (leadMs <= 0) leadBarMs = LEAD_MS
      return first
    }
  }
  const now = (): Stamp => step(physical.now())
  const tryReceive = (remote: Stamp): Stamp | DriftError => {
    checkStamp(remote)
    const wallMs = physical.now()
    const offsetMs = remote.ms - Math.floor(wallMs)
    // An infinite offset is a broken wall clock, which the step names.
    if (!(offsetMs > maxDriftMs && offsetMs < Infinity)) return step(wallMs, remote)
    const error = new DriftError(remote, offsetMs, maxDriftMs)
    emit({ type: 'refused', error })
    return error
  }
  const receive = (remote: Stamp): Stamp => {
    const result = tryReceive(remote)
    if (result instanceof DriftError) throw result
    return result
  }
  return {
    node,
    get leadMs() {
      return Math.max(0, cell.read().ms - Math.floor(physical.now()))
    },
    now,
    peek: cell.read,
    receive,
    tryReceive,
    receiveAll(remotes) {
      let top: Stamp | undefined
      for (const remote of remotes) {
        checkStamp(remote)
        if (top === undefined || isAhead(remote, top)) top = remote
      }
      return top === undefined ? now() : receive(top)
    },
    reserve(size) {
      check(size >= 1 && isWhole(size, MAX_RESERVE + 1), '1 to 16777216 stamps', size)
      return rangeFrom(step(physical.now(), undefined, size), size)
    },
    onEvent: add,
  }
}
