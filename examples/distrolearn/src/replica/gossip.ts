// Promise: what one region knows, the others know a moment after they can be reached; nothing depends on the order or number of messages.

import type { CourseReplica, ReplicaStore } from './store.ts'

/** What regions know of each other's progress, as it travels. */
export type Version = ReturnType<CourseReplica['version']>

export interface GossipHeader {
  readonly version: Version
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
  if (typeof header !== 'object' || header === null || typeof header.version !== 'object' || !Array.isArray(header.forget)) {
    throw new RangeError('a gossip header names a version and pages to forget')
  }
  const delta = bytes.subarray(4 + length)
  return { header, delta: delta.length === 0 ? undefined : delta }
}

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
  const apply = (delta: Uint8Array | undefined): number => (delta === undefined ? 0 : replica.apply(delta).applied)
  const frame = (delta: Uint8Array | undefined): Uint8Array => encodeFrame({ header: { version: replica.version(), forget: notices() }, delta })
  return {
    offer(peer) {
      const version = heard.get(peer)
      return frame(version === undefined ? undefined : replica.changesSince(version))
    },
    answer(bytes) {
      const { header, delta } = decodeFrame(bytes)
      const applied = apply(delta)
      return { reply: frame(replica.changesSince(header.version)), applied, forget: header.forget }
    },
    accept(peer, bytes) {
      const { header, delta } = decodeFrame(bytes)
      const applied = apply(delta)
      heard.set(peer, header.version)
      return { applied, forget: header.forget }
    },
  }
}
