/** A growing buffer that is written once and cut to size: no allocation per number. */

export interface Writer {
  bytes: Uint8Array
  length: number
}

export const createWriter = (): Writer => ({ bytes: new Uint8Array(256), length: 0 })

/** Buffers that are used again: a small delta would otherwise cost more in new buffers than in writing. */
const spare: Writer[] = []
const MOST_SPARE_BYTES = 1_048_576

/** A writer to be given back; whoever forgets to only costs a buffer. */
export function borrow(): Writer {
  const writer = spare.pop() ?? createWriter()
  writer.length = 0
  return writer
}

export function giveBack(writer: Writer): void {
  if (writer.bytes.length <= MOST_SPARE_BYTES && spare.length < 8) spare.push(writer)
}

export function reserve(writer: Writer, more: number): void {
  const needed = writer.length + more
  if (needed <= writer.bytes.length) return
  const grown = new Uint8Array(Math.max(needed, writer.bytes.length * 2))
  grown.set(writer.bytes.subarray(0, writer.length))
  writer.bytes = grown
}

export function writeByte(writer: Writer, byte: number): void {
  reserve(writer, 1)
  writer.bytes[writer.length++] = byte
}

/** LEB128 of a whole number from 0 to 2^53 - 1, at most 8 bytes. */
export function writeUint(writer: Writer, value: number): void {
  if (value < 128 && writer.length < writer.bytes.length) {
    writer.bytes[writer.length++] = value
    return
  }
  reserve(writer, 8)
  const bytes = writer.bytes
  let at = writer.length
  let rest = value
  while (rest > 0x7fffffff) {
    bytes[at++] = (rest % 128) | 128
    rest = Math.floor(rest / 128)
  }
  while (rest > 127) {
    bytes[at++] = (rest & 127) | 128
    rest >>>= 7
  }
  bytes[at++] = rest
  writer.length = at
}

/** Bytes that writeUint takes. */
export function uintSize(value: number): number {
  if (value < 0x80) return 1
  if (value < 0x4000) return 2
  if (value < 0x200000) return 3
  if (value < 0x10000000) return 4
  return value < 2 ** 35 ? 5 : value < 2 ** 42 ? 6 : value < 2 ** 49 ? 7 : 8
}

export function writeU32(writer: Writer, value: number): void {
  reserve(writer, 4)
  for (let shift = 0; shift < 32; shift += 8) writer.bytes[writer.length++] = value >>> shift
}

export function writeFloat(writer: Writer, value: number): void {
  reserve(writer, 8)
  new DataView(writer.bytes.buffer).setFloat64(writer.length, value, true)
  writer.length += 8
}

const encoder = new TextEncoder()

/** The UTF-8 of a well-formed string, without its length. Short ASCII, the common case, needs no encoder. */
export function writeUtf8(writer: Writer, text: string): void {
  reserve(writer, text.length * 3)
  const start = writer.length
  if (text.length < 64) {
    let at = start
    let index = 0
    for (; index < text.length; index++) {
      const unit = text.charCodeAt(index)
      if (unit > 127) break
      writer.bytes[at++] = unit
    }
    if (index === text.length) {
      writer.length = at
      return
    }
  }
  writer.length = start + encoder.encodeInto(text, writer.bytes.subarray(start)).written
}

export function writeBytes(writer: Writer, bytes: Uint8Array): void {
  reserve(writer, bytes.length)
  writer.bytes.set(bytes, writer.length)
  writer.length += bytes.length
}

/** A copy of what was written. */
export const finish = (writer: Writer): Uint8Array => writer.bytes.slice(0, writer.length)
