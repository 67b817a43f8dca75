/** Reading frames: everything is checked before anything is believed, and nothing of the replica changes here. */
import { MAX_ACTOR_LENGTH, MAX_KEY_LENGTH, MAX_SEQUENCE, MAX_STAMP_COUNT, MAX_STAMP_MS } from '../ground/defaults.ts'
import { corrupt, CrdtError } from '../ground/errors.ts'
import type { Write } from './candidate.ts'
import { checksum } from './codec/checksum.ts'
import { readStrings, readUints } from './codec/columns.ts'
import { createReader, readCount, readU32, readUint, remaining, type Reader } from './codec/reader.ts'
import { contextOf, createContext, freshIn, type LocalSpan } from './context.ts'
import { compareKeys, FORMAT, HEAD_CHECKSUM, LATER_EPOCH, MAGIC, RECORD, trustsHead, WHOLE } from './frame.ts'
import type { Part } from './node.ts'
import type { Frame, Repeat } from './parsed.ts'
import type { Plan } from './plan.ts'
import type { Replica } from './replica.ts'
import { actorAt, type WireReader } from './wire.ts'

export type { Frame } from './parsed.ts'

/** Whether they are the whole state that was last taken in. The same head is the same operations, all of them known by now; the body is looked at as if it came for the first time: only if it is small. */
export function isRepeat({ repeat }: Replica, bytes: Uint8Array): boolean {
  if (bytes.length !== repeat?.length) return false
  for (let at = 0; at < repeat.opening.length; at++) if (bytes[at] !== repeat.opening[at]) return false
  if (!repeat.headOnly) checkSum(bytes, bytes.length - 4)
  return true
}

export function parseFrame(replica: Replica, bytes: Uint8Array): Frame {
  const reader = openFrame(replica, bytes)
  const flags = bytes[3]!
  const headOnly = trustsHead(bytes)
  if (!headOnly) checkSum(bytes, bytes.length - 4)
  const number = flags & LATER_EPOCH ? readUint(reader) : 0
  const code = flags & LATER_EPOCH ? readU32(reader) : 0
  const epoch = { number, code }
  const whole = (flags & WHOLE) !== 0
  const named = parseHead(replica, reader)
  const silent: Frame = { ...named, whole, epoch, record: undefined, follows: undefined, context: NOTHING, seen: NOTHING, writes: [], parts: [], repeat: undefined }
  let again: Repeat | undefined
  if (flags & HEAD_CHECKSUM) {
    checkSum(bytes, reader.at)
    reader.at += 4
    // A state of which every operation is known has nothing to say: its body is not read, and if it is large not even checked.
    if (named.fresh === 0 && named.newActors.length === 0 && number <= replica.epoch.number) return silent
    again = { length: bytes.length, opening: bytes.slice(0, reader.at), headOnly, operations: freshIn(NOTHING, named.spans) }
  }
  const context = contextOf(named.spans)
  const head = { ...named, context, seen: named.dead.length === 0 ? context : contextOf([...named.spans, ...named.dead]) }
  if (headOnly) checkSum(bytes, bytes.length - 4)
  if (flags & RECORD) {
    if (number === 0 || readUint(reader) + readUint(reader) > 0 || remaining(reader) > 0) throw corrupt('the record of a collection has content')
    return { ...silent, ...head, epoch: { number, code: sumAt(bytes, bytes.length - 4) }, follows: code }
  }
  const record = whole && number > 0 ? parseRecord(replica, reader, epoch) : undefined
  const writes = parseWrites(reader, head.actors)
  const ids = replica.actors.ids
  const wire: WireReader = {
    actors: head.actors,
    writes,
    context: head.context,
    canonical: whole,
    ranked: number > 0,
    idOf: (actor) => ids[actor] ?? head.newActors[actor - ids.length]!,
  }
  const parts = parseTables(reader, replica, wire)
  if (remaining(reader) > 0) throw corrupt('bytes are left over')
  return { ...silent, ...head, record, writes, parts, repeat: again }
}

function parseRecord(replica: Replica, reader: Reader, { number, code }: Frame['epoch']): Frame['record'] {
  const length = readCount(reader)
  const bytes = reader.bytes.subarray(reader.at, (reader.at += length))
  if (bytes[3] !== (RECORD | LATER_EPOCH)) throw corrupt('a state of a later epoch lacks its record')
  const frame = parseFrame(replica, bytes)
  if (frame.epoch.number !== number || frame.epoch.code !== code) throw corrupt('the record of a state is of another epoch')
  return { frame, bytes }
}

function openFrame(replica: Replica, bytes: Uint8Array): Reader {
  const reader = createReader(bytes, 0, bytes.length - 4)
  const opening = readU32(reader)
  if ((opening & 0xffff) !== MAGIC) throw corrupt('they do not begin as a frame of this package')
  const format = (opening >>> 16) & 255
  if (format !== FORMAT) {
    // Only an intact frame can truly say that it comes from a later format.
    checkSum(bytes, bytes.length - 4)
    throw new CrdtError('version', `The bytes are of format ${format}; this replica reads format ${FORMAT}. Update it, or write with the older version.`)
  }
  const flags = opening >>> 24
  if (flags & ~(WHOLE | HEAD_CHECKSUM | LATER_EPOCH | RECORD) || (flags & RECORD && flags !== (RECORD | LATER_EPOCH))) throw corrupt('they have unknown flags')
  const document = readU32(reader)
  if (readUint(reader) !== bytes.length - reader.at) throw corrupt('their length is not what they say')
  if (document !== replica.document) {
    checkSum(bytes, bytes.length - 4)
    throw new CrdtError('wrong-doc', 'The bytes belong to a document of another schema or id. Give both replicas the same schema and the same `id`.')
  }
  return reader
}

const sumAt = (bytes: Uint8Array, at: number): number => readU32(createReader(bytes, at))

function checkSum(bytes: Uint8Array, at: number): void {
  if (sumAt(bytes, at) !== checksum(bytes, 0, at)) throw corrupt('the checksum is wrong')
}

interface Head {
  readonly actors: readonly number[]
  readonly newActors: readonly string[]
  readonly spans: readonly LocalSpan[]
  readonly fresh: number
  readonly dead: readonly LocalSpan[]
}

const NOTHING = createContext()

function parseHead(replica: Replica, reader: Reader): Head {
  const ids = readStrings(reader, readCount(reader))
  const newActors: string[] = []
  const actors = ids.map((id) => {
    if (id === '' || id.length > MAX_ACTOR_LENGTH || id === '__proto__') throw corrupt('an actor id is out of range')
    return replica.actors.indices.get(id) ?? replica.actors.ids.length + newActors.push(id) - 1
  })
  if (ids.length > 1 && new Set(ids).size !== ids.length) throw corrupt('an actor is listed twice')
  const spans = parseIntervals(reader, actors)
  return { actors, newActors, spans, fresh: freshIn(replica.context, spans), dead: parseIntervals(reader, actors) }
}

function parseIntervals(reader: Reader, actors: readonly number[]): LocalSpan[] {
  const spans: LocalSpan[] = []
  for (const actor of actors) {
    let end = -1
    for (let left = readCount(reader); left > 0; left--) {
      const from = end === -1 ? readUint(reader) + 1 : end + readUint(reader) + 1
      if (from === end + 1 && end !== -1) throw corrupt('two spans touch')
      const to = from + readUint(reader)
      if (to > MAX_SEQUENCE) throw corrupt('a sequence number is out of range')
      spans.push({ actor, from, to })
      end = to
    }
  }
  return spans
}

function parseWrites(reader: Reader, actors: readonly number[]): Write[] {
  const count = readCount(reader)
  const authors = readUints(reader, count, true)
  const times = readUints(reader, count)
  const counts = readUints(reader, count)
  return authors.map((author, index) => {
    if (times[index]! > MAX_STAMP_MS || counts[index]! > MAX_STAMP_COUNT) throw corrupt('a stamp is out of range')
    return { actor: actorAt({ actors } as WireReader, author), ms: times[index]!, count: counts[index]! }
  })
}

function parseTables(reader: Reader, replica: Replica, wire: WireReader): Frame['parts'] {
  const result: { plan: Plan; keys: readonly string[]; part: Part }[] = []
  let before = -1
  for (let left = readCount(reader); left > 0; left--) {
    const table = readUint(reader)
    const plan = replica.schema.tables[table]
    if (plan === undefined || table <= before) throw corrupt('a table is unknown or out of order')
    before = table
    const nodes = plan.depth === 0 ? 1 : readCount(reader)
    if (nodes === 0) throw corrupt('a table is empty')
    const levels: string[][] = []
    for (let level = 0; level < plan.depth; level++) levels.push(readStrings(reader, nodes))
    const parts = plan.leaf!.parse(reader, nodes, wire, plan)
    for (let index = 0; index < nodes; index++) {
      const keys = levels.map((level) => level[index]!)
      if (keys.some((key) => key.length > MAX_KEY_LENGTH)) throw corrupt('a map key is too long')
      if (wire.canonical && index > 0 && compareKeys(result.at(-1)!.keys, keys) >= 0) throw corrupt('the keys of a whole state are out of order')
      result.push({ plan, keys, part: parts[index] })
    }
  }
  return result
}
