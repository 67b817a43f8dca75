// Promise: what one region knows, the others know a moment after they can be reached; nothing depends on the order or number of messages.

import { covers } from '@distrokit/crdt'
import type { CourseReplica, ReplicaStore } from './store.ts'

/** What regions know of each other's progress, as it travels. */
export type Version = ReturnType<CourseReplica['version']>

export interface GossipHeader {
  readonly version: Version
  /** What the delta builds on. A replica that lacks part of it (it came back from an older disk) leaves the delta and is sent the rest in the next round. */
  readonly base: Version
  /** Pages to forget; see the catalog. */
  readonly forget: readonly { readonly page: string; readonly stamp: string }[]
}

export interface Frame {
  readonly header: GossipHeader
  /** A delta of the course document, or nothing new. */
  readonly delta: Uint8Array | undefined
}

/** Four bytes of length, the header as JSON, then the delta's bytes. */
export function encodeFrame({ header, delta }: Frame): Uint8Array {
  const head = new TextEncoder().encode(JSON.stringify(header))
  const bytes = new Uint8Array(4 + head.length + (delta?.length ?? 0))
  new DataView(bytes.buffer).setUint32(0, head.length)
  bytes.set(head, 4)
  if (delta !== undefined) bytes.set(delta, 4 + head.length)
  return bytes
}

/** Throws a `RangeError` for bytes that are no frame. The delta is checked by the document when it is applied. */
export function decodeFrame(bytes: Uint8Array): Frame {
  if (bytes.length < 4) throw new RangeError(`a gossip frame has at least 4 bytes, not ${bytes.length}`)
  const length = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0)
  if (length > bytes.length - 4) throw new RangeError(`a gossip frame of ${bytes.length} bytes cannot have a header of ${length}`)
  const header = JSON.parse(new TextDecoder().decode(bytes.subarray(4, 4 + length))) as GossipHeader
  if (typeof header !== 'object' || header === null || !isVersion(header.version) || !isVersion(header.base) || !Array.isArray(header.forget)) {
    throw new RangeError('a gossip header names a version and pages to forget')
  }
  const delta = bytes.subarray(4 + length)
  return { header, delta: delta.length === 0 ? undefined : delta }
}

const isVersion = (value: unknown): value is Version => typeof value === 'object' && value !== null && Object.values(value).every((known) => [known].flat().every(Number.isSafeInteger))

export interface Exchange {
  /** What to send to a peer: what it lacked when we last heard from it. */
  offer(peer: string): Uint8Array
  /** Takes a peer's frame in; answers with what that peer lacks. */
  answer(bytes: Uint8Array): { readonly reply: Uint8Array; readonly applied: number; readonly forget: GossipHeader['forget'] }
  /** Takes in a peer's reply. */
  accept(peer: string, bytes: Uint8Array): { readonly applied: number; readonly forget: GossipHeader['forget'] }
}

export function createExchange(store: ReplicaStore, notices: () => GossipHeader['forget']): Exchange {
  const { replica } = store
  const heard = new Map<string, Version>()
  const apply = ({ header, delta }: Frame): number => (delta === undefined || !covers(replica.version(), header.base) ? 0 : replica.apply(delta).applied)
  const frame = (base: Version | undefined): Uint8Array =>
    encodeFrame({ header: { version: replica.version(), base: base ?? {}, forget: notices() }, delta: base === undefined ? undefined : replica.changesSince(base) })
  return {
    offer: (peer) => frame(heard.get(peer)),
    answer(bytes) {
      const received = decodeFrame(bytes)
      const applied = apply(received)
      return { reply: frame(received.header.version), applied, forget: received.header.forget }
    },
    accept(peer, bytes) {
      const received = decodeFrame(bytes)
      const applied = apply(received)
      heard.set(peer, received.header.version)
      return { applied, forget: received.header.forget }
    },
  }
}
