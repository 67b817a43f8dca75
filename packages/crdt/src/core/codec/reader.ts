/** Reads what Writer wrote and trusts none of it: every read is bounded, every number is in its one shortest form. */
import { corrupt } from '../../ground/errors.ts'

export interface Reader {
  readonly bytes: Uint8Array
  at: number
  readonly end: number
}

export const createReader = (bytes: Uint8Array, at = 0, end: number = bytes.length): Reader => ({ bytes, at, end })

export const remaining = (reader: Reader): number => reader.end - reader.at

export function readByte(reader: Reader): number {
  if (reader.at >= reader.end) throw corrupt('they end too early')
  return reader.bytes[reader.at++]!
}

export function readUint(reader: Reader): number {
  const first = readByte(reader)
  if (first < 128) return first
  let value = first & 127
  let factor = 128
  for (let count = 1; count < 8; count++) {
    const byte = readByte(reader)
    value += (byte & 127) * factor
    if (byte < 128) {
      if (byte === 0) throw corrupt('a number is not in its shortest form')
      if (value > Number.MAX_SAFE_INTEGER) break
      // What was added up may be kept as a float, and with it every list that it gets into; a small integer is not.
      return value < 2 ** 31 ? value | 0 : value
    }
    factor *= 128
  }
  throw corrupt('a number is too large')
}

/** A number of things of which each takes at least one of the bytes that follow: the bound on every allocation. */
export function checkCount(reader: Reader, count: number): number {
  if (count > remaining(reader)) throw corrupt('a count is larger than the bytes that follow')
  return count
}

export const readCount = (reader: Reader): number => checkCount(reader, readUint(reader))

export function readU32(reader: Reader): number {
  const { bytes, at } = reader
  if (remaining(reader) < 4) throw corrupt('they end too early')
  reader.at += 4
  return (bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)) >>> 0
}

export function readFloat(reader: Reader): number {
  if (remaining(reader) < 8) throw corrupt('they end too early')
  const value = new DataView(reader.bytes.buffer, reader.bytes.byteOffset + reader.at, 8).getFloat64(0, true)
  reader.at += 8
  return value
}

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

export function readUtf8(reader: Reader, length: number): string {
  if (length > remaining(reader)) throw corrupt('a string runs past their end')
  const end = reader.at + length
  let text = ''
  if (length < 24) {
    let at = reader.at
    while (at < end && reader.bytes[at]! < 128) text += String.fromCharCode(reader.bytes[at++]!)
    if (at === end) {
      reader.at = end
      return text
    }
  }
  try {
    text = decoder.decode(reader.bytes.subarray(reader.at, end))
  } catch (cause) {
    throw corrupt(`a string is not UTF-8 (${(cause as Error).message})`)
  }
  reader.at = end
  return text
}
