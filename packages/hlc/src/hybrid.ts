import { rangeFrom } from './core/range.ts'
import { ahead, checkStamp } from './core/stamp.ts'
import { advance, shift, wholeMs } from './core/tick.ts'
import { checkWhole } from './ground/check.ts'
import { LEAD_MS, MAX_RESERVE } from './ground/defaults.ts'
import { DriftError } from './ground/errors.ts'
import type { ClockEvent, ClockListener } from './ground/events.ts'
import type { Settings } from './ground/options.ts'
import type { Moment, Range, Stamp } from './ground/types.ts'
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

/** Where the state of a clock lives: in this process, behind a window that a store has reserved, in a word that threads share. */
export interface Cell {
  /** Where the clock is. */
  read(): Moment
  /** Where it was when it was last looked at here: enough to move from, for a move tells if that has gone by. */
  seen(): Moment
  /** Moves it from there to `next`; or not, when another thread has moved it since, which is then seen. Throws, unmoved, if `next` may not leave. */
  move(next: Moment): boolean
}

/** A state that only this clock moves. It is written in place, so that a stamp which nobody keeps costs no memory. */
export function localCell({ ms, count }: Moment): Cell {
  const state = { ms, count }
  const read = (): Moment => state
  return {
    read,
    seen: read,
    move(next) {
      state.ms = next.ms
      state.count = next.count
      return true
    },
  }
}

/** The one clock: read where it is, advance, move it there; and again if somebody else was quicker. */
export function hybridClock({ node, clock, maxDriftMs }: Settings, cell: Cell, { emit, add }: Listeners<ClockEvent>): HybridClock {
  /** A lead is told from here on; then the bar is doubled, until hybrid time is back at the wall. */
  let barMs = LEAD_MS
  clock.onEvent?.(emit)

  const tellLead = (leadMs: number, wallMs: number): void => {
    if (leadMs < barMs) return
    barMs = leadMs * 2
    emit({ type: 'lead', leadMs, wallMs })
  }
  /** The first of `size` stamps after the cell's and after `remote`. */
  const step = (remote: Stamp | undefined, size: number): Stamp => {
    const wallMs = wholeMs(clock.now())
    if (remote && remote.ms - wallMs > maxDriftMs) {
      const error = new DriftError(remote, remote.ms - wallMs, maxDriftMs)
      emit({ type: 'refused', error })
      throw error
    }
    for (;;) {
      const state = cell.seen()
      const news = remote && ahead(remote, state) > 0
      const first = advance(news ? remote : state, wallMs, node)
      if (!cell.move(size > 1 ? shift(first, size - 1, node) : first)) continue
      if (news && remote.node === node) emit({ type: 'conflict', remote })
      if (first.ms > wallMs) tellLead(first.ms - wallMs, wallMs)
      else barMs = LEAD_MS
      return first
    }
  }
  const receive = (remote: Stamp): Stamp => {
    checkStamp(remote)
    return step(remote, 1)
  }
  return {
    node,
    get leadMs() {
      return Math.max(0, cell.read().ms - wholeMs(clock.now()))
    },
    now: () => step(undefined, 1),
    peek: () => ({ ...cell.read(), node }),
    receive,
    tryReceive(remote) {
      try {
        return receive(remote)
      } catch (error) {
        if (error instanceof DriftError) return error
        throw error
      }
    },
    receiveAll(remotes) {
      let top: Stamp | undefined
      for (const remote of remotes) {
        checkStamp(remote)
        if (!top || ahead(remote, top) > 0) top = remote
      }
      return step(top, 1)
    },
    reserve(size) {
      checkWhole('size', size, 1, MAX_RESERVE)
      return rangeFrom(step(undefined, size), size)
    },
    onEvent: add,
  }
}
