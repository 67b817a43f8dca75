/** Messages of a session: a byte for the kind, then a frame (which has its own checksum), or JSON and a checksum: a flipped digit would acknowledge what nobody has. */
import { MAX_ACTOR_LENGTH } from './ground/defaults.ts'
import { corrupt } from './ground/errors.ts'
import { checksum } from './core/codec/checksum.ts'
import { areRanges, type Range } from './core/reconcile.ts'
import { isEntry } from './core/version.ts'
import type { VersionVector } from './ground/types.ts'
import type { Life } from './lives.ts'

/** What a replica has said that it has: a version, and the epoch that it was in. */
export interface Acknowledgement {
  readonly epoch: number
  readonly version: VersionVector
}

export interface Hello extends Acknowledgement {
  readonly type: 'hello' | 'answer'
  readonly actor: string
  readonly code: number
  /** Instead of a version, where that would be long: see reconcile.ts. The version then has only the two replicas themselves. */
  readonly ranges?: readonly Range[] | undefined
  readonly lives: readonly (readonly [actor: string, life: Life])[]
  /** What others have said to this replica, as far as it matters for collection. */
  readonly acknowledged: readonly (readonly [actor: string, acknowledgement: Acknowledgement])[]
}

export type Message =
  | Hello
  | { readonly type: 'delta'; readonly bytes: Uint8Array }
  /** The talk about differences goes on. */
  | { readonly type: 'ranges'; readonly ranges: readonly Range[] }
  /** The version's entries that are new since the last one in this session. */
  | ({ readonly type: 'ack' } & Acknowledgement)
  /** "Your deltas are of an epoch to which I have no way: send me your state." */
  | { readonly type: 'stale' }

const KINDS = ['hello', 'answer', 'delta', 'ack', 'stale', 'ranges'] as const

export function writeMessage(message: Message): Uint8Array {
  const { type, ...rest } = message
  const isDelta = message.type === 'delta'
  const body = isDelta ? message.bytes : new TextEncoder().encode(JSON.stringify(rest))
  const bytes = new Uint8Array(body.length + (isDelta ? 1 : 5))
  bytes[0] = KINDS.indexOf(type)
  bytes.set(body, 1)
  if (!isDelta) new DataView(bytes.buffer).setUint32(bytes.length - 4, checksum(bytes, 0, bytes.length - 4), true)
  return bytes
}

export function parseMessage(bytes: Uint8Array): Message {
  const type = KINDS[bytes[0] ?? KINDS.length]
  if (type === undefined) throw corrupt('they are no message of a session')
  if (type === 'delta') return { type, bytes: bytes.subarray(1) }
  const end = bytes.length - 4
  if (end < 1 || new DataView(bytes.buffer, bytes.byteOffset).getUint32(end, true) !== checksum(bytes, 0, end)) throw corrupt('the checksum of a message is wrong')
  const data = parseJson(bytes.subarray(1, end))
  if (type === 'stale') return { type }
  if (type === 'ack') return { type, ...checkAcknowledgement(data) }
  const { actor, code, lives, acknowledged, ranges } = data
  if (ranges !== undefined || type === 'ranges') {
    if (!areRanges(ranges)) throw corrupt('ranges are out of order')
    if (type === 'ranges') return { type, ranges }
  }
  if (!isActor(actor) || !isCount(code) || !isTable(lives, isLife) || !isTable(acknowledged, checkAcknowledgement)) throw corrupt('a hello lacks its parts')
  return { type, actor, code: code as number, ranges: ranges as Hello['ranges'], lives: lives as Hello['lives'], acknowledged: acknowledged as Hello['acknowledged'], ...checkAcknowledgement(data) }
}

function parseJson(bytes: Uint8Array): Record<string, unknown> {
  try {
    const data: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
    if (typeof data === 'object' && data !== null) return data as Record<string, unknown>
  } catch {
    // Told below, together with JSON that is no object.
  }
  throw corrupt('a message is no JSON')
}

const isActor = (id: unknown): id is string => typeof id === 'string' && id !== '' && id.length <= MAX_ACTOR_LENGTH && id !== '__proto__'
const isCount = (value: unknown): boolean => Number.isSafeInteger(value) && (value as number) >= 0
const isTable = (rows: unknown, good: (value: never) => unknown): boolean =>
  Array.isArray(rows) && rows.every((row) => Array.isArray(row) && isActor(row[0]) && typeof row[1] === 'object' && row[1] !== null && Boolean(good(row[1] as never)))

const isLife = (life: Partial<Life>): boolean => isCount(life.start) && isCount(life.nonce) && isCount(life.upTo)

function checkAcknowledgement({ epoch, version }: { readonly epoch?: unknown; readonly version?: unknown }): Acknowledgement {
  const good = isCount(epoch) && typeof version === 'object' && version !== null && Object.entries(version).every(([actor, entry]) => isActor(actor) && isEntry(entry))
  if (!good) throw corrupt('a version is no map of counts')
  return { epoch: epoch as number, version: version as VersionVector }
}
