// Promise: a reader gets at most thirty batches a second, in order; one that is slow, late or back after a while gets a snapshot instead of a queue.

import type { Board } from '../board/board.ts'
import type { FedEvent } from '../board/fed-event.ts'
import type { EventFeed } from './event-feed.ts'

/** First on every connection. Another `feed` than before means another world: the page starts anew. */
export interface Hello {
  readonly feed: string
  readonly about?: { readonly seed: string; readonly speed: string } | undefined
}

/** The whole board as of its `sequence`; `nowMs` is the feed's time of sending. */
export interface SnapshotMessage {
  readonly nowMs: number
  readonly board: Board
}

/** What happened after event `after` up to event `through`, but for the events that the page draws nothing from. */
export interface BatchMessage {
  readonly nowMs: number
  readonly after: number
  readonly through: number
  readonly events: readonly FedEvent[]
}

const batchEveryMs = 34
const maxBatch = 2_000
const heartbeatMs = 10_000

export interface EventStreamOptions {
  readonly feed: EventFeed
  readonly signal: AbortSignal
  /** The reader's Last-Event-ID; absent: a snapshot comes first. */
  readonly lastSequence?: number
  readonly about?: { readonly seed: string; readonly speed: string }
}

const feedIds = new WeakMap<EventFeed, string>()
const idOf = (feed: EventFeed): string => {
  const id = feedIds.get(feed) ?? crypto.randomUUID()
  feedIds.set(feed, id)
  return id
}

const message = (event: string, id: number | undefined, data: unknown): string =>
  `event: ${event}\n${id === undefined ? '' : `id: ${id}\n`}data: ${JSON.stringify(data)}\n\n`

/**
 * Server-sent events, pulled by the reader: nothing is written before it asks for more, so what a slow one missed waits in the feed's ring,
 * and when that is too much for one batch (or has left the ring) the next message is a snapshot.
 */
export const eventStream = ({ feed, signal: outer, lastSequence, about }: EventStreamOptions): ReadableStream<Uint8Array> => {
  const encoder = new TextEncoder()
  const left = new AbortController()
  const signal = AbortSignal.any([outer, left.signal])
  let cursor = lastSequence
  let greeted = false
  let sentAtMs = Number.NEGATIVE_INFINITY

  const nextMessage = (): string | undefined => {
    const nowMs = feed.nowMs
    const missed = cursor === undefined ? undefined : feed.since(cursor, maxBatch + 1)
    if (missed === undefined || missed.length > maxBatch) {
      const board = feed.snapshot()
      cursor = board.sequence
      return message('snapshot', cursor, { nowMs, board } satisfies SnapshotMessage)
    }
    const last = missed.at(-1)
    if (last === undefined) return undefined
    const after = cursor ?? 0
    cursor = last.sequence
    // Admissions are the quota checker's business; the page draws nothing from them.
    const events = missed.filter((event) => event.type !== 'admitted')
    return message('batch', cursor, { nowMs, after, through: cursor, events } satisfies BatchMessage)
  }

  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        if (!greeted) {
          greeted = true
          controller.enqueue(encoder.encode(message('hello', undefined, { feed: idOf(feed), about } satisfies Hello)))
          return
        }
        await pause(sentAtMs + batchEveryMs - feed.nowMs, signal)
        let text = signal.aborted ? undefined : nextMessage()
        while (text === undefined && !signal.aborted) {
          const woken = await eventOrHeartbeat(feed, signal)
          if (!woken) text = ': still here\n\n'
          else {
            // One event is rarely alone: give its company the time of a batch.
            await pause(batchEveryMs, signal)
            text = nextMessage()
          }
        }
        sentAtMs = feed.nowMs
        if (left.signal.aborted) return
        if (signal.aborted || text === undefined) controller.close()
        else controller.enqueue(encoder.encode(text))
      },
      cancel() {
        left.abort()
      },
    },
    { highWaterMark: 1 },
  )
}

const pause = (ms: number, signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (ms <= 0 || signal.aborted) return resolve()
    const done = (): void => {
      clearTimeout(timer)
      signal.removeEventListener('abort', done)
      resolve()
    }
    const timer = setTimeout(done, ms)
    signal.addEventListener('abort', done)
  })

/** True when an event came, false when nothing did for so long that the connection should show life. */
const eventOrHeartbeat = (feed: EventFeed, signal: AbortSignal): Promise<boolean> =>
  new Promise((resolve) => {
    if (signal.aborted) return resolve(false)
    const end = (woken: boolean) => (): void => {
      subscription[Symbol.dispose]()
      clearTimeout(timer)
      signal.removeEventListener('abort', quiet)
      resolve(woken)
    }
    const quiet = end(false)
    const subscription = feed.subscribe(end(true))
    const timer = setTimeout(quiet, heartbeatMs)
    signal.addEventListener('abort', quiet)
  })
