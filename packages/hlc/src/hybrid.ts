import { rangeFrom } from './core/range.ts'
import { checkStamp } from './core/stamp.ts'
import { advance, isAhead, shift, wholeMs } from './core/tick.ts'
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

  /** Told from the bar on; the next bar is the double, until hybrid time is back at the wall. */
  const watchLead = (leadMs: number, wallMs: number): void => {
    if (leadMs < leadBarMs) return
    leadBarMs = leadMs * 2
    emit({ type: 'lead', leadMs, wallMs })
  }
  const refuse = (remote: Stamp, offsetMs: number): DriftError => {
    const error = new DriftError(remote, offsetMs, maxDriftMs)
    emit({ type: 'refused', error })
    return error
  }
  const wallNow = (): number => wholeMs(physical.now())
  /** The first of `size` stamps after the cell's and after `remote`; or the refusal of `remote`, with nothing moved. */
  const step = (remote: Stamp | undefined, size: number): Stamp | DriftError => {
    const wallMs = wallNow()
    for (;;) {
      const last = cell.read()
      const news = remote !== undefined && isAhead(remote, last)
      if (remote !== undefined && remote.ms - wallMs > maxDriftMs) return refuse(remote, remote.ms - wallMs)
      const first = advance(news ? remote : last, wallMs, node)
      if (!cell.swap(last, size > 1 ? shift(first, size - 1, node) : first)) continue
      if (news && remote.node === node) emit({ type: 'conflict', remote })
      if (first.ms > wallMs) watchLead(first.ms - wallMs, wallMs)
      else leadBarMs = LEAD_MS
      return first
    }
  }
  const now = (): Stamp => step(undefined, 1) as Stamp
  const tryReceive = (remote: Stamp): Stamp | DriftError => {
    checkStamp(remote)
    return step(remote, 1)
  }
  const receive = (remote: Stamp): Stamp => {
    const result = tryReceive(remote)
    if (result instanceof DriftError) throw result
    return result
  }
  return {
    node,
    get leadMs() {
      return Math.max(0, cell.read().ms - wallNow())
    },
    now,
    peek: cell.read,
    receive,
    tryReceive,
    receiveAll(remotes) {
      let top: Stamp | undefined
      for (const remote of remotes) {
        checkStamp(remote)
        if (!top || isAhead(remote, top)) top = remote
      }
      return top ? receive(top) : now()
    },
    reserve(size) {
      check(size >= 1 && isWhole(size, MAX_RESERVE + 1), '1 to 16777216 stamps', size)
      return rangeFrom(step(undefined, size) as Stamp, size)
    },
    onEvent: add,
  }
}
