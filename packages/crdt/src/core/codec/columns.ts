/**
 * Columns: many values of one kind, each column in the cheapest of a few shapes. The shape is a function of the values (smallest first, then lowest number),
 * and the reader refuses any other, so equal columns are equal bytes. A column of one value has no shape byte: small deltas stay small.
 */
import { corrupt } from '../../ground/errors.ts'
import { checkCount, readByte, readCount, readUint, readUtf8, type Reader } from './reader.ts'
import { reserve, uintSize, writeByte, writeUint, writeUtf8, type Writer } from './writer.ts'

const PLAIN = 0
const DELTA = 1
const CONSTANT = 2
const RUNS = 3

/** A signed whole number as an unsigned one with small magnitudes first: 0, -1, 1, -2 … Works to 2^52. */
export const zigzag = (value: number): number => (value < 0 ? -2 * value - 1 : 2 * value)
export const unzigzag = (value: number): number => (value % 2 === 1 ? -(value + 1) / 2 : value / 2)

/** `dense` columns take at least a byte per value: they are what bounds the number of rows by the number of bytes. */
function cheapest(values: readonly number[], dense: boolean): number {
  if (!dense && values.every((value) => value === values[0])) return CONSTANT
  let plain = 0
  let delta = 0
  let before = 0
  for (let index = 0; index < values.length; index++) {
    const value = values[index]!
    plain += uintSize(value)
    delta += uintSize(zigzag(value - before))
    before = value
  }
  const shape = plain <= delta ? PLAIN : DELTA
  return dense || Math.min(plain, delta) <= sizeOfRuns(values) ? shape : RUNS
}

function sizeOfRuns(values: readonly number[]): number {
  let size = 0
  let start = 0
  for (let index = 1; index <= values.length; index++) {
    if (index < values.length && values[index] === values[start]) continue
    size += uintSize(values[start]!) + uintSize(index - start)
    start = index
  }
  return size
}

export function writeUints(writer: Writer, values: readonly number[], dense = false): void {
  if (values.length === 0) return
  if (values.length === 1) return writeUint(writer, values[0]!)
  const shape = cheapest(values, dense)
  writeByte(writer, shape)
  if (shape === CONSTANT) return writeUint(writer, values[0]!)
  let before = 0
  reserve(writer, values.length)
  for (let index = 0; index < values.length; index++) {
    const value = values[index]!
    if (shape === PLAIN) writeUint(writer, value)
    else if (shape === DELTA) writeUint(writer, zigzag(value - before))
    else {
      let run = 1
      while (index + 1 < values.length && values[index + 1] === value) {
        run++
        index++
      }
      writeUint(writer, value)
      writeUint(writer, run)
    }
    before = value
  }
}

export function readUints(reader: Reader, length: number, dense = false): number[] {
  if (length === 0) return []
  if (dense) checkCount(reader, length)
  if (length === 1) return [readUint(reader)]
  const shape = readByte(reader)
  const values: number[] = []
  if (shape === CONSTANT) {
    const value = readUint(reader)
    for (let index = 0; index < length; index++) values.push(value)
  } else if (shape === RUNS) {
    while (values.length < length) {
      const value = readUint(reader)
      const run = readUint(reader)
      if (run === 0 || run > length - values.length) throw corrupt('a run is longer than its column')
      for (let index = 0; index < run; index++) values.push(value)
    }
  } else {
    let before = 0
    for (let index = 0; index < length; index++) {
      const value = shape === PLAIN ? readUint(reader) : before + unzigzag(readUint(reader))
      if (value < 0 || value > Number.MAX_SAFE_INTEGER) throw corrupt('a number in a column is out of range')
      values.push((before = value))
    }
  }
  if (shape !== cheapest(values, dense)) throw corrupt('a column is not in its one shape')
  return values
}

/** Strings, each as the length that it shares with the one before, and the rest. Sorted keys shrink to their endings. */
export function writeStrings(writer: Writer, values: readonly string[]): void {
  if (values.length === 0) return
  if (values.length === 1) return writeText(writer, values[0]!)
  const shared: number[] = []
  const rest: number[] = []
  let all = ''
  let before = ''
  for (const value of values) {
    const prefix = sharedPrefix(before, value)
    shared.push(prefix)
    rest.push(value.length - prefix)
    all += prefix === 0 ? value : value.slice(prefix)
    before = value
  }
  writeUints(writer, shared)
  writeUints(writer, rest, true)
  writeText(writer, all)
}

/** One string behind the number of its bytes, which is most often that of its units. */
function writeText(writer: Writer, text: string): void {
  const before = writer.length
  writeUint(writer, text.length)
  const start = writer.length
  writeUtf8(writer, text)
  const size = writer.length - start
  if (size === text.length) return
  writer.length = before
  writeUint(writer, size)
  writeUtf8(writer, text)
}

/** Capped, so that a byte on the wire never becomes more than 127 units in memory. */
function sharedPrefix(a: string, b: string): number {
  const most = Math.min(a.length, b.length, 127)
  let length = 0
  while (length < most && a.charCodeAt(length) === b.charCodeAt(length)) length++
  const last = length > 0 ? b.charCodeAt(length - 1) : 0
  // Never between the halves of a surrogate pair, or the rest would have no UTF-8.
  return last >= 0xd800 && last < 0xdc00 ? length - 1 : length
}

export function readStrings(reader: Reader, length: number): string[] {
  if (length === 0) return []
  if (length === 1) return [readUtf8(reader, readCount(reader))]
  checkCount(reader, length)
  const shared = readUints(reader, length)
  const rest = readUints(reader, length, true)
  const size = readCount(reader)
  const all = readUtf8(reader, size)
  const ascii = all.length === size
  const values: string[] = []
  let before = ''
  let at = 0
  for (let index = 0; index < length; index++) {
    const prefix = shared[index]!
    const end = at + rest[index]!
    if (prefix > before.length || end > all.length) throw corrupt('a string runs past its column')
    const value = prefix === 0 ? all.slice(at, end) : before.slice(0, prefix) + all.slice(at, end)
    if (!ascii && !value.isWellFormed()) throw corrupt('a string is cut inside a character')
    if (sharedPrefix(before, value) !== prefix) throw corrupt('a string is not in its one form')
    values.push(value)
    before = value
    at = end
  }
  if (at !== all.length) throw corrupt('a column of strings has bytes left over')
  return values
}
