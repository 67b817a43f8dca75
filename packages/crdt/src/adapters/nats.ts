/**
 * NATS: replicas on a subject keep a session with each other while they are there (`joinSubject`); where JetStream is on, a stream keeps what each has done for
 * those who come later (`joinStream`).
 * @module
 */
import { joinChannel, type BroadcastOptions, type Channel } from './broadcast.ts'
import type { Sync } from '../sync.ts'

export type { Clock } from '../ground/clock.ts'
export { joinStream } from './jetstream.ts'
export type { JetStream, StreamConsumer, StreamManager, StreamMessage, StreamOptions, StreamReplica } from './jetstream.ts'

/** The part of a NATS connection that is used. */
export interface NatsConnection {
  publish(subject: string, payload: Uint8Array): void
  subscribe(subject: string, options: { callback(error: Error | null, message: { readonly data: Uint8Array }): void }): { unsubscribe(): void }
}

interface Envelope {
  readonly from: string
  readonly to?: string
  readonly bytes?: Uint8Array
}

/** Joins a subject. Disposing leaves it; the connection stays with its owner. */
export function joinSubject(sync: Sync, connection: NatsConnection, subject: string, options: BroadcastOptions = {}): Disposable {
  const listeners = new Set<(event: { readonly data: unknown }) => void>()
  const channel: Channel = {
    postMessage: (message) => connection.publish(subject, pack(message as Envelope)),
    addEventListener: (_type, listener) => void listeners.add(listener),
    removeEventListener: (_type, listener) => void listeners.delete(listener),
  }
  const subscription = connection.subscribe(subject, {
    callback(error, { data }) {
      if (error === null) for (const listener of listeners) listener({ data: unpack(data) })
    },
  })
  const joined = joinChannel(sync, channel, options)
  return {
    [Symbol.dispose]() {
      joined[Symbol.dispose]()
      subscription.unsubscribe()
    },
  }
}

/** Length of the names as JSON in two bytes, the names, the message. */
function pack({ from, to, bytes = new Uint8Array() }: Envelope): Uint8Array {
  const names = new TextEncoder().encode(JSON.stringify({ from, to }))
  const packed = new Uint8Array(2 + names.length + bytes.length)
  packed.set([names.length >> 8, names.length & 255])
  packed.set(names, 2)
  packed.set(bytes, 2 + names.length)
  return packed
}

/** Undefined for what nobody packed; the channel passes over it. */
function unpack(data: Uint8Array): unknown {
  const end = 2 + (data[0] ?? 0) * 256 + (data[1] ?? 0)
  try {
    return { ...(JSON.parse(new TextDecoder().decode(data.subarray(2, end))) as object), bytes: data.slice(end) }
  } catch {
    return undefined
  }
}
