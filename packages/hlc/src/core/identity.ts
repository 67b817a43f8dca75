import { check } from '../ground/check.ts'
import type { Stamp } from '../ground/types.ts'
import { toBytes } from './bytes.ts'
import { checkNode } from './node.ts'

let heldNode = ''
const heldHash = new Uint8Array(8)

/**
 * 64 bits of a node's id, spread evenly: two rounds of multiply and shift over the characters (after MurmurHash3's finaliser).
 * Not secret, and not meant to withstand somebody who looks for collisions: node ids are given out by whoever runs the nodes.
 */
function hashOf(node: string): Uint8Array {
  if (node === heldNode) return heldHash
  let [a, b] = [0x9e3779b9, 0x85ebca6b]
  for (let i = 0; i < node.length; i++) {
    const code = node.charCodeAt(i)
    a = Math.imul(a ^ code, 0xcc9e2d51)
    b = Math.imul(b ^ code, 0x1b873593)
    a ^= a >>> 15
    b ^= b >>> 13
  }
  for (let round = 0; round < 2; round++) {
    a = Math.imul(a ^ (b >>> 16), 0x85ebca6b)
    b = Math.imul(b ^ (a >>> 13), 0xc2b2ae35)
  }
  new DataView(heldHash.buffer).setUint32(0, a >>> 0)
  new DataView(heldHash.buffer).setUint32(4, b >>> 0)
  heldNode = node
  return heldHash
}

/** 16 bytes that begin with a stamp's eight and end with its node's hash: a ULID's binary form. */
export function ulidBytes(stamp: Stamp): Uint8Array {
  checkNode(stamp.node)
  const bytes = new Uint8Array(16)
  toBytes(stamp, bytes)
  bytes.set(hashOf(stamp.node), 8)
  return bytes
}

/**
 * The same inside the fixed bits of a UUIDv7 (RFC 9562 §5.7): 48 bits of time, version, 12 bits of counter, variant, the 4 lower bits of
 * the counter (method 1 of §6.2, a counter right after the time), 58 bits of the node's hash.
 */
export function uuidBytes(stamp: Stamp): Uint8Array {
  const bytes = ulidBytes(stamp)
  const { count } = stamp
  bytes[6] = 0x70 | (count >>> 12)
  bytes[7] = (count >>> 4) & 0xff
  bytes[8] = 0x80 | ((count & 0x0f) << 2) | (bytes[8]! & 0x03)
  return bytes
}

/** Hexadecimal digits grouped 8-4-4-4-12. */
export function uuidText(bytes: Uint8Array): string {
  const hex = Array.from(bytes, (byte) => (byte + 256).toString(16).slice(1)).join('')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
}

/** Time and counter of a UUIDv7 that was made of a stamp; the node is gone in its hash. */
export function stampOfUuid(text: string): Stamp {
  const ok = typeof text === 'string' && /^[\da-f]{8}-[\da-f]{4}-7[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/.test(text)
  check(ok, "a lower-case UUIDv7 like '018bcfe5-6800-7000-8000-000000000000'", text)
  const ms = parseInt(text.slice(0, 8) + text.slice(9, 13), 16)
  return { ms, count: (parseInt(text.slice(15, 18), 16) << 4) | ((parseInt(text.slice(19, 21), 16) >> 2) & 0x0f), node: '' }
}
