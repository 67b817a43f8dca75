/** Messages of a session: a byte for the kind, then a frame or JSON. */
import { MAX_ACTOR_LENGTH } from './ground/defaults.ts'
import { corrupt } from './ground/errors.ts'
import { headOf, isEntry } from './core/version.ts'
import type { VersionVector } from './ground/types.ts'
import type { Life } from './lives.ts'

export type Message =
  | { readonly type: 'hello' | 'answer'; readonly actor: string; readonly version: VersionVector; readonly lives: readonly (readonly [actor: string, life: Life])[] }
  | { readonly type: 'delta'; readonly bytes: Uint8Array }
  | { readonly type: 'ack'; readonly version: VersionVector }

const KINDS = ['hello', 'answer', 'delta', 'ack'] as const

export function writeMessage(message: Message): Uint8Array {
  const kind = KINDS.indexOf(message.type)
  const body = message.type === 'delta' ? message.bytes : new TextEncoder().encode(JSON.stringify(
    message.type === 'ack' ? { version: message.version } : { actor: message.actor, version: message.version, lives: message.lives },
  ))
  const bytes = new Uint8Array(body.length + 1)
  bytes[0] = kind
  bytes.set(body, 1)
  return bytes
}

export function parseMessage(bytes: Uint8Array): Message {
  const type = KINDS[bytes[0] ?? KINDS.length]
  if (type === undefined) throw corrupt('they are no message of a session')
  const body = bytes.subarray(1)
  if (type === 'delta') return { type, bytes: body }
  const data = parseJson(body)
  const version = checkVersion(data['version'])
  if (type === 'ack') return { type, version }
  const { actor, lives } = data
  if (!isActor(actor) || !Array.isArray(lives) || !lives.every(isLife)) throw corrupt('a hello lacks its parts')
  return { type, actor, version, lives: lives as (readonly [string, Life])[] }
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

function isLife(entry: unknown): boolean {
  if (!Array.isArray(entry) || !isActor(entry[0])) return false
  const life = entry[1] as Partial<Life> | null
  return typeof life === 'object' && life !== null && isCount(life.start) && isCount(life.nonce) && isCount(life.upTo)
}

function checkVersion(value: unknown): VersionVector {
  if (typeof value !== 'object' || value === null || !Object.entries(value).every(([actor, entry]) => isActor(actor) && isEntry(entry))) throw corrupt('a version is no map of counts')
  return value as VersionVector
}

/** What all versions have in common, below their gaps. */
export function minimum(versions: readonly VersionVector[]): VersionVector {
  const [first = {}, ...rest] = versions
  const result: Record<string, number> = {}
  for (const [actor, entry] of Object.entries(first)) {
    const least = rest.reduce((low, version) => Math.min(low, headOf(version[actor])), headOf(entry))
    if (least > 0) result[actor] = least
  }
  return result
}
