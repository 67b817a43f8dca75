// Promise: any number of readers, fast, slow or late, see one stream in order; none of them can make it grow.

import { type Board, emptyBoard, reduce } from '../board/board.ts'
import type { FedEvent } from '../board/fed-event.ts'
import type { DemoEvent } from '../telemetry/events.ts'

export interface EventFeedOptions {
  /** Events kept for readers that lag or come back; at least 1. A reader further behind gets a snapshot. */
  readonly capacity: number
  readonly clock: { monotonic(): number }
}

export interface EventFeed {
  /** Numbers the event (1, 2, 3 …), keeps it and tells the listeners. */
  push(event: DemoEvent): FedEvent
  /** The fold of everything pushed so far. */
  snapshot(): Board
  /** The kept events after that number, at most `limit`; undefined when some of them are gone (or never were): take a snapshot. */
  since(sequence: number, limit?: number): readonly FedEvent[] | undefined
  /** Called once per event, after it can be read. A listener that throws harms nobody. */
  subscribe(listener: (event: FedEvent) => void): Disposable
  /** Number of the last event; 0 before the first. */
  readonly sequence: number
  /** The feed's time, ms since it was made: what `arrivedMs` counts in. */
  readonly nowMs: number
}

/** Events folded in one go. Folding a batch costs little more than folding one, so a snapshot nobody asks for is never made one by one. */
const foldEvery = 256

export const createEventFeed = ({ capacity, clock }: EventFeedOptions): EventFeed => {
  if (!Number.isSafeInteger(capacity) || capacity < 1) throw new RangeError(`capacity must be a whole number from 1, got ${capacity}`)
  const ring: FedEvent[] = []
  const listeners = new Set<(event: FedEvent) => void>()
  const startedMs = clock.monotonic()
  const nowMs = (): number => clock.monotonic() - startedMs
  let sequence = 0
  let board = emptyBoard
  let unfolded: FedEvent[] = []

  const fold = (): Board => {
    board = reduce(board, unfolded)
    unfolded = []
    return board
  }

  return {
    push(event) {
      const fed: FedEvent = { ...event, sequence: ++sequence, arrivedMs: nowMs() }
      ring[(sequence - 1) % capacity] = fed
      unfolded.push(fed)
      if (unfolded.length >= foldEvery) fold()
      for (const listener of listeners) {
        try {
          listener(fed)
        } catch {
          // A reader's trouble is its own: the world that pushed must not hear of it.
        }
      }
      return fed
    },
    snapshot: fold,
    since(from, limit = capacity) {
      if (from < 0 || from > sequence || sequence - from > capacity) return undefined
      const events: FedEvent[] = []
      for (let next = from + 1; next <= sequence && events.length < limit; next++) {
        const event = ring[(next - 1) % capacity]
        if (event !== undefined) events.push(event)
      }
      return events
    },
    subscribe(listener) {
      // Wrapped, so that one function subscribed twice is two subscriptions.
      const own = (event: FedEvent): void => listener(event)
      listeners.add(own)
      return { [Symbol.dispose]: () => void listeners.delete(own) }
    },
    get sequence() {
      return sequence
    },
    get nowMs() {
      return nowMs()
    },
  }
}
