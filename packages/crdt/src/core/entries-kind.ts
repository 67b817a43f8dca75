/** Entries as a kind: reading, patches and the table on the wire. */
import { corrupt } from '../ground/errors.ts'
import { MAX_KEY_LENGTH } from '../ground/defaults.ts'
import type { Patch, Scalar, Value } from '../ground/types.ts'
import { compareCandidates, every, newest } from './candidate.ts'
import { readUints, readStrings, writeStrings, writeUints } from './codec/columns.ts'
import { checkCount } from './codec/reader.ts'
import { readValues, writeValues } from './codec/values.ts'
import { drop, joinEntries, put, ordered, setCell, within, type Cell, type EntriesNode, type EntriesPart, type Place } from './entries.ts'
import { STALE, type LeafKind, type Touch } from './node.ts'
import type { Plan } from './plan.ts'
import type { Stamped } from './resolver.ts'
import type { Type } from './schema.ts'
import { compareScalars, setKey } from './value.ts'
import { checkDot, wireWrite, writeAt } from './wire.ts'

/** Whether places carry values; sets are their places. A remove-wins set keeps `false` where something was removed. */
export const hasValues = ({ form }: Type): boolean => form === 'register' || form === 'registerMap' || form === 'removeWinsSet'
export const isSet = ({ form }: Type): boolean => form === 'set' || form === 'growOnlySet' || form === 'removeWinsSet'

/** An element is in a set if something says so and no candidate says otherwise. */
export const isMember = (cell: Cell | undefined): boolean => cell !== undefined && every(cell, ({ value }) => value !== false)

const isRemoval = (cell: Cell): boolean => every(cell, ({ value }) => value === false)

/** What a place shows: its one candidate, or what the resolver makes of several. */
export function shown(cell: Cell | undefined, plan: Plan, ids: readonly string[]): Value | undefined {
  const { resolver, initial } = plan.type
  if (resolver!.name === 'multiValue') return resolver!.resolve(candidates(cell, ids))
  if (cell === undefined) return initial
  if (cell.next === undefined) return cell.value
  return resolver!.name === 'lastWriter' ? newest(cell, ids).value : resolver!.resolve(candidates(cell, ids))
}

/** Oldest stamp first, the same on every replica. */
export function candidates(cell: Cell | undefined, ids: readonly string[]): Stamped[] {
  const list = ordered(cell, ids).sort((a, b) => compareCandidates(a, b, ids))
  return list.map(({ value, write }) => ({ value, stamp: { ms: write.ms, count: write.count, node: ids[write.actor]! } }))
}

function readEntries(node: EntriesNode, ids: readonly string[]): unknown {
  const { form } = node.plan.type
  if (form === 'register') return shown(node.entries.get(''), node.plan, ids)
  if (isSet(node.plan.type)) return Object.freeze([...node.entries.keys()].filter((place) => isMember(node.entries.get(place))).sort(compareScalars))
  const result = {}
  // In the order of the keys, not of their coming: equal states are equal in everything that can be seen of them.
  for (const key of ([...node.entries.keys()] as string[]).sort()) setKey(result, key, shown(node.entries.get(key), node.plan, ids))
  return result
}

export const entriesKind: LeafKind<EntriesNode, EntriesPart> = {
  eager: false,
  create: (plan, parent, segment) => ({ plan, parent, segment, cache: STALE, entries: new Map() }),
  read: readEntries,
  empty(node) {
    if (node.plan.type.form !== 'removeWinsSet') return node.entries.size === 0
    for (const cell of node.entries.values()) if (isMember(cell)) return false
    return true
  },
  clear(node, edit) {
    const removeWins = node.plan.type.form === 'removeWinsSet'
    for (const [place, cell] of node.entries) {
      if (!removeWins) drop(node, place, edit)
      else if (isMember(cell)) put(node, place, false, edit, false)
    }
  },
  at: (node, place) => node.entries.get(place as Place),
  undo: (node, place, before) => setCell(node, place as Place, before as Cell | undefined),

  contributions: () => [],
  patches: (node, touches, path, ids) => touches.flatMap((one) => patchOf(node, one, path, ids) ?? []),

  places: (node) => [...node.entries.keys()].sort(compareScalars),
  announce(node, wire) {
    for (const cell of node.entries.values()) for (let at: Cell | undefined = cell; at !== undefined; at = at.next) wireWrite(wire, at.write)
  },

  write(writer, shipments, wire) {
    const { type } = shipments[0]!.node.plan
    const places: Place[] = []
    const counts: number[] = []
    const writes: number[] = []
    const seqs: number[] = []
    const values: Value[] = []
    let last: Cell['write'] | undefined
    let index = 0
    for (const shipment of shipments) {
      const { entries } = shipment.node as EntriesNode
      for (const place of shipment.places as readonly Place[]) {
        const cell = entries.get(place)
        const told = wire.canonical ? cell : within(cell, wire.context)
        places.push(place)
        if (told === undefined) counts.push(0)
        else if (told.next === undefined) {
          counts.push(1)
          row(told)
        } else {
          const list = ordered(told, wire.ids)
          counts.push(list.length)
          for (const one of list) row(one)
        }
      }
    }

    function row(cell: Cell): void {
      if (cell.write !== last) index = wireWrite(wire, (last = cell.write))
      writes.push(index)
      seqs.push(cell.seq)
      values.push(cell.value)
    }
    if (type.form !== 'register') {
      writeUints(writer, shipments.map((shipment) => shipment.places.length), true)
      if (isSet(type)) writeValues(writer, places)
      else writeStrings(writer, places as string[])
    }
    writeUints(writer, counts)
    writeUints(writer, writes)
    writeUints(writer, seqs, true)
    if (hasValues(type)) writeValues(writer, values)
  },

  parse(reader, nodes, wire, plan) {
    const { type } = plan
    const single = type.form === 'register'
    const sizes = single ? Array.from({ length: nodes }, () => 1) : readUints(reader, nodes, true)
    const total = sizes.reduce((sum, size) => sum + size, 0)
    const places: Place[] = single ? sizes.map(() => '') : isSet(type) ? (readValues(reader, total) as Place[]) : readStrings(reader, total)
    const counts = readUints(reader, total)
    const rows = checkCount(reader, counts.reduce((sum, count) => sum + count, 0))
    const writes = readUints(reader, rows)
    const seqs = readUints(reader, rows, true)
    const values = hasValues(type) ? readValues(reader, rows) : undefined
    if (type.form === 'removeWinsSet' && values!.some((value) => typeof value !== 'boolean')) throw corrupt('a set says neither in nor out')
    const cells: (Cell | undefined)[] = []
    let row = 0
    for (let index = 0; index < total; index++) {
      checkPlace(places[index], type.form)
      if (wire.canonical && counts[index] === 0) throw corrupt('a whole state lists an empty place')
      let cell: Cell | undefined
      for (const end = row + counts[index]!; row < end; row++) {
        const write = writeAt(wire, writes[row]!)
        checkDot(wire, write.actor, seqs[row]!)
        if (cell !== undefined && wire.canonical) checkOrder(cell, write.actor, seqs[row]!, wire.idOf)
        cell = { write, seq: seqs[row]!, value: values === undefined ? true : values[row]!, next: cell }
      }
      cells.push(cell)
    }
    const parts: EntriesPart[] = []
    let start = 0
    for (const size of sizes) {
      const part = size === total ? { places, cells } : { places: places.slice(start, start + size), cells: cells.slice(start, start + size) }
      if (wire.canonical) checkSorted(part.places)
      parts.push(part)
      start += size
    }
    return parts
  },

  // Only a remove-wins set leaves something behind: what says that an element was removed.
  garbage(node, tell) {
    if (node.plan.type.form !== 'removeWinsSet') return
    for (const cell of node.entries.values()) if (isRemoval(cell)) for (let at: Cell | undefined = cell; at !== undefined; at = at.next) tell(at.write.actor, at.seq)
  },
  collect(node, garbage) {
    if (node.plan.type.form !== 'removeWinsSet') return
    for (const [place, cell] of node.entries) if (isRemoval(cell) && every(cell, ({ write, seq }) => garbage(write.actor, seq))) node.entries.delete(place)
  },
  named: (_node, part) => part.places,
  lacks: () => false,
  join: joinEntries,
}

function checkPlace(place: unknown, form: string): void {
  if (typeof place === 'string' ? place.length > MAX_KEY_LENGTH : typeof place === 'object' && place !== null) throw corrupt(`a place of a ${form} is no key`)
}

function checkSorted(places: readonly Place[]): void {
  for (let index = 1; index < places.length; index++) if (compareScalars(places[index - 1]!, places[index]!) >= 0) throw corrupt('the places of a whole state are out of order')
}

function checkOrder(before: Cell, actor: number, seq: number, idOf: (actor: number) => string): void {
  const later = before.write.actor === actor ? before.seq < seq : idOf(before.write.actor) < idOf(actor)
  if (!later) throw corrupt('the candidates of a place are out of order')
}

function patchOf(node: EntriesNode, { place, before, after }: Touch, path: readonly string[], ids: readonly string[]): Patch | undefined {
  const { form } = node.plan.type
  if (isSet(node.plan.type)) {
    const [was, is] = [before, after].map((cell) => isMember(cell as Cell | undefined))
    return was === is ? undefined : { type: is ? 'add' : 'delete', path, element: place as Scalar }
  }
  const [was, is] = [before, after].map((cell) => (cell === undefined && form === 'registerMap' ? undefined : shown(cell as Cell | undefined, node.plan, ids)))
  if (was === is) return undefined
  return { type: 'set', path: form === 'registerMap' ? [...path, place as string] : path, value: is, before: was }
}
