/** A document in a JetStream: the stream is a log that every replica writes and reads, so they need not be there at the same time. */
import { parseFrame } from '../core/parse.ts'
import { joinVersions, versionOf } from '../core/version.ts'
import type { AnyDoc } from '../doc.ts'
import { systemClock, type Clock } from '../ground/clock.ts'
import { checkOptions, show } from '../ground/options.ts'
import type { VersionVector } from '../ground/types.ts'
import { insideOf, type Step } from '../inside.ts'

/** The part of `jetstream(connection)` that is used. */
export interface JetStream {
  publish(subject: string, payload: Uint8Array): Promise<{ readonly seq: number }>
  readonly consumers: { get(stream: string, options: { readonly filter_subjects: string }): Promise<StreamConsumer> }
}

/** An ordered consumer: every message of the subject in its order, from the first that the stream still has. */
export interface StreamConsumer {
  info(): Promise<{ readonly num_pending: number }>
  consume(): Promise<AsyncIterable<StreamMessage> & { close(): Promise<unknown> }>
}

export interface StreamMessage {
  readonly seq: number
  readonly data: Uint8Array
  /** How many messages follow it. */
  readonly info: { readonly pending: number }
}

/** The part of `jetstreamManager(connection)` that is used. */
export interface StreamManager {
  readonly streams: { purge(stream: string, options: { readonly filter: string; readonly seq: number }): Promise<unknown> }
}

export interface StreamOptions {
  readonly jetstream: JetStream
  readonly manager: StreamManager
  /** The stream, which must keep the subject. */
  readonly stream: string
  readonly subject: string
  /** Messages after which who writes puts its whole state in the place of all before it, 1 to 1 000 000. Default 1000. */
  readonly foldAfter?: number
  /** Wait before a failed message is tried again, in milliseconds, 1 or more. Default 1000. */
  readonly retryMs?: number
  /** Told when the stream does not answer, and when it holds what this replica must refuse (`CrdtError`). */
  readonly onError?: (error: unknown) => void
  readonly clock?: Pick<Clock, 'after'>
}

export interface StreamReplica extends AsyncDisposable {
  /** Done when everything that was done here until now is in the stream; rejects with the failure if it is not. */
  flush(): Promise<void>
}

/** Beyond it, changes that wait for the stream become one state. */
const MOST_WAITING = 1000

/** Catches up with the stream, adds what it lacks, and stays with it from then on. Done when it has caught up. */
export async function joinStream(doc: AnyDoc, options: StreamOptions): Promise<StreamReplica> {
  checkOptions(options, ['jetstream', 'manager', 'stream', 'subject', 'foldAfter', 'retryMs', 'onError', 'clock'], 'joinStream')
  const { jetstream, manager, stream, subject, foldAfter = 1000, retryMs = 1000, onError = () => {}, clock = systemClock } = options
  if (!Number.isInteger(foldAfter) || foldAfter < 1 || foldAfter > 1_000_000) throw new RangeError(`foldAfter is a whole number from 1 to 1000000; got ${show(foldAfter)}.`)
  if (!(retryMs >= 1)) throw new RangeError(`retryMs is 1 or more; got ${show(retryMs)}.`)
  const inside = insideOf(doc)
  const { replica } = inside
  const origin = `stream ${stream} ${subject}`
  const waiting: Uint8Array[] = []
  /** What the stream is known to hold. */
  let held: VersionVector = {}
  let heldEpoch = 0
  let read = 0
  let folded = 0
  let failure: unknown
  let running: Promise<void> | undefined
  let timer: { cancel(): void } | undefined
  let ended = false

  function take({ seq, data }: StreamMessage): void {
    read = seq
    try {
      const frame = parseFrame(replica, data)
      if (frame.whole) folded = seq
      heldEpoch = Math.max(heldEpoch, frame.epoch.number)
      held = joinVersions(held, versionOf(frame.context, [...replica.actors.ids, ...frame.newActors]))
      doc.apply(data, { origin })
    } catch (error) {
      onError(error)
    }
  }

  async function write(): Promise<void> {
    while (waiting.length > 0) {
      if (waiting.length > MOST_WAITING) waiting.splice(0, waiting.length, doc.save())
      const { seq } = await jetstream.publish(subject, waiting[0]!)
      waiting.shift()
      folded ||= seq
      if (seq - folded < foldAfter) continue
      // Only what was read is in the state: what came after it stays.
      const upTo = read
      folded = (await jetstream.publish(subject, doc.save())).seq
      await manager.streams.purge(stream, { filter: subject, seq: upTo + 1 })
    }
  }

  function start(): void {
    timer?.cancel()
    timer = undefined
    running ??= write().then(() => { failure = undefined }, (error: unknown) => {
      failure = error
      onError(error)
      if (!ended) timer = clock.after(retryMs, start)
    }).finally(() => { running = undefined })
  }

  async function flush(): Promise<void> {
    if (waiting.length > 0) start()
    await running
    if (waiting.length > 0) throw failure
  }

  const watch = (step: Step): void => {
    if (step.origin === origin) return
    // Bytes are made now: later they would be of a later epoch.
    waiting.push(step.bytes().slice())
    start()
  }

  const consumer = await jetstream.consumers.get(stream, { filter_subjects: subject })
  let behind = (await consumer.info()).num_pending
  const messages = await consumer.consume()
  await new Promise<void>((resolve, reject) => {
    if (behind === 0) resolve()
    const follow = async (): Promise<void> => {
      for await (const message of messages) {
        take(message)
        behind = message.info.pending
        if (behind === 0) resolve()
      }
    }
    follow().catch((error: unknown) => {
      onError(error)
      reject(error)
    })
  })
  // Who collected elsewhere meanwhile brings the record with the state.
  const lacked = doc.epoch > heldEpoch ? doc.save() : doc.changesSince(held)
  if (lacked !== undefined) waiting.push(lacked)
  inside.watchers.add(watch)
  await flush().catch(() => {})
  return {
    flush,
    async [Symbol.asyncDispose]() {
      ended = true
      inside.watchers.delete(watch)
      timer?.cancel()
      await flush().finally(() => messages.close())
    },
  }
}
