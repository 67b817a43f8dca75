/** Values as bytes. Object keys are sorted, so that equal values are equal bytes. */
import { MAX_DEPTH, MAX_KEY_LENGTH, MAX_VALUE_SIZE } from '../../ground/defaults.ts'
import { corrupt } from '../../ground/errors.ts'
import type { Value } from '../../ground/types.ts'
import { setKey } from '../value.ts'
import { readStrings, readUints, unzigzag, writeStrings, writeUints, zigzag } from './columns.ts'
import { checkCount, readByte, readCount, readFloat, readUint, type Reader } from './reader.ts'
import { writeByte, writeFloat, writeUint, type Writer } from './writer.ts'

const NULL = 0
const FALSE = 1
const TRUE = 2
const INTEGER = 3
const FLOAT = 4
const STRING = 5
const ARRAY = 6
const OBJECT = 7

/** Zigzag doubles, so integers beyond 2^52 travel as floats (exactly: they are doubles). */
const isSmallInteger = (value: unknown): value is number => Number.isInteger(value) && Math.abs(value as number) <= 2 ** 52 - 1

export function writeValue(writer: Writer, value: Value): void {
  if (value === null) writeByte(writer, NULL)
  else if (typeof value === 'boolean') writeByte(writer, value ? TRUE : FALSE)
  else if (typeof value === 'number') {
    if (isSmallInteger(value)) {
      writeByte(writer, INTEGER)
      writeUint(writer, zigzag(value))
    } else {
      writeByte(writer, FLOAT)
      writeFloat(writer, value)
    }
  } else if (typeof value === 'string') {
    writeByte(writer, STRING)
    writeStrings(writer, [value])
  } else if (Array.isArray(value)) {
    writeByte(writer, ARRAY)
    writeUint(writer, value.length)
    for (const item of value as readonly Value[]) writeValue(writer, item)
  } else {
    const keys = Object.keys(value).sort()
    writeByte(writer, OBJECT)
    writeUint(writer, keys.length)
    for (const key of keys) {
      writeStrings(writer, [key])
      writeValue(writer, (value as { readonly [key: string]: Value })[key]!)
    }
  }
}

export function readValue(reader: Reader, depth = 0): Value {
  const tag = readByte(reader)
  if (tag === NULL) return null
  if (tag === FALSE || tag === TRUE) return tag === TRUE
  if (tag === INTEGER) return unzigzag(readUint(reader))
  if (tag === FLOAT) {
    const value = readFloat(reader)
    if (!Number.isFinite(value) || isSmallInteger(value)) throw corrupt('a number is not in its one form')
    return value
  }
  if (tag === STRING) {
    const text = readStrings(reader, 1)[0]!
    if (text.length > MAX_VALUE_SIZE) throw corrupt('a string value is too long')
    return text
  }
  if (depth >= MAX_DEPTH) throw corrupt('a value nests too deeply')
  if (tag === ARRAY) {
    const length = readCount(reader)
    const items: Value[] = []
    for (let index = 0; index < length; index++) items.push(readValue(reader, depth + 1))
    return Object.freeze(items)
  }
  if (tag !== OBJECT) throw corrupt('a value has an unknown tag')
  const count = readCount(reader)
  const result = {}
  let before: string | undefined
  for (let index = 0; index < count; index++) {
    const key = readStrings(reader, 1)[0]!
    if (key.length > MAX_KEY_LENGTH || (before !== undefined && key <= before)) throw corrupt('the keys of an object are out of order')
    setKey(result, key, readValue(reader, depth + 1))
    before = key
  }
  return Object.freeze(result) as Value
}

const MIXED = 0
const INTEGERS = 1
const STRINGS = 2

/** A column of values: all integers, all strings, or each with its tag. Takes at least a byte per value. */
export function writeValues(writer: Writer, values: readonly Value[]): void {
  if (values.length <= 1) {
    for (const value of values) writeValue(writer, value)
    return
  }
  const shape = shapeOf(values)
  writeByte(writer, shape)
  if (shape === INTEGERS) writeUints(writer, (values as number[]).map(zigzag), true)
  else if (shape === STRINGS) writeStrings(writer, values as string[])
  else for (const value of values) writeValue(writer, value)
}

function shapeOf(values: readonly Value[]): number {
  if (values.every(isSmallInteger)) return INTEGERS
  return values.every((value) => typeof value === 'string') ? STRINGS : MIXED
}

export function readValues(reader: Reader, length: number): Value[] {
  checkCount(reader, length)
  if (length <= 1) return length === 0 ? [] : [readValue(reader)]
  const shape = readByte(reader)
  if (shape > STRINGS) throw corrupt('a column of values has an unknown shape')
  const values: Value[] = shape === INTEGERS ? readUints(reader, length, true) : shape === STRINGS ? readStrings(reader, length) : []
  if (shape === INTEGERS) for (let index = 0; index < length; index++) values[index] = unzigzag(values[index] as number)
  if (shape === MIXED) for (let index = 0; index < length; index++) values.push(readValue(reader))
  if (shape === STRINGS && values.some((value) => (value as string).length > MAX_VALUE_SIZE)) throw corrupt('a string value is too long')
  if (shape !== shapeOf(values)) throw corrupt('a column of values is not in its one shape')
  return values
}
