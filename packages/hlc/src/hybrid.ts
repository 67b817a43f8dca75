import { rangeFrom } from './core/range.ts'
import { ahead, checkStamp } from './core/stamp.ts'
import { advance, shift, wholeMs } from './core/tick.ts'
import { checkWhole } from './ground/check.ts'
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

/** What stands behind a clock whose state is not its own affair: a word that threads share, a window that a store has reserved. */
export interface Cell {
  /** The last stamp of whoever moved the state. Left out where only this clock does. */
  readonly read?: () => Stamp
  /** Moves the state from where this clock left it to `next`; or says where another has moved it. Throws, unmoved, if `next` may not leave. */
  swap(next: Stamp): Stamp | undefined
}

/** The one clock: advance what is known, and again from what another has made of it meanwhile. */
export function hybridClock({ clock, maxDriftMs, start }: Settings, { emit, add }: Listeners<ClockEvent>, cell?: Cell): HybridClock {
  const { node } = start
  let last = start
  /** A lead is told from here on; then the bar is doubled, until hybrid time is back at the wall. */
  let barMs = LEAD_MS
  clock.onEvent?.(emit)

  const peek = cell?.read ?? (() => last)
  /** The first of `size` stamps after the cell's and after `remote`; or the refusal of `remote`, with nothing moved. */
  const step = (remote: Stamp | undefined, size: number): Stamp | DriftError => {
    const wallMs = wholeMs(clock.now())
    if (remote && remote.ms - wallMs > maxDriftMs) {
      const error = new DriftError(remote, remote.ms - wallMs, maxDriftMs)
      emit({ type: 'refused', error })
      return error
    }
    for (;;) {
      const news = remote && ahead(remote, last) > 0
      const first = advance(news ? remote : last, wallMs, node)
      const next = size > 1 ? shift(first, size - 1, node) : first
      const other = cell?.swap(next)
      last = other ?? next
      if (other) continue
      if (news && remote.node === node) emit({ type: 'conflict', remote })
      const leadMs = first.ms - wallMs
      if (leadMs >= barMs) {
        barMs = leadMs * 2
        emit({ type: 'lead', leadMs, wallMs })
      } else if (leadMs === 0) barMs = LEAD_MS
      return first
    }
  }
  const tryReceive = (remote: Stamp): Stamp | DriftError => {
    checkStamp(remote)
    return step(remote, 1)
  }
  const orThrow = (result: Stamp | DriftError): Stamp => {
    if ('code' in result) throw result
    return result
  }
  return {
    node,
    get leadMs() {
      return Math.max(0, peek().ms - wholeMs(clock.now()))
    },
    now: () => step(undefined, 1) as Stamp,
    peek,
    receive: (remote) => orThrow(tryReceive(remote)),
    tryReceive,
    receiveAll(remotes) {
      let top: Stamp | undefined
      for (const remote of remotes) {
        checkStamp(remote)
        if (!top || ahead(remote, top) > 0) top = remote
      }
      return orThrow(step(top, 1))
    },
    reserve(size) {
      checkWhole('size', size, 1, MAX_RESERVE)
      return rangeFrom(step(undefined, size) as Stamp, size)
    },
    onEvent: add,
  }
}
