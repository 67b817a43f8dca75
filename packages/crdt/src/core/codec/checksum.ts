/** CRC-32C (Castagnoli): finds every single flipped bit, every burst up to 32 bits, and all but one in 2^32 of anything else. */

const POLYNOMIAL = 0x82f63b78
let tables: Uint32Array[] | undefined

/** Four tables let the loop eat four bytes a turn ("slicing by four"). Built at the first use: importing the package costs nothing. */
function buildTables(): Uint32Array[] {
  const built = Array.from({ length: 4 }, () => new Uint32Array(256))
  for (let byte = 0; byte < 256; byte++) {
    let value = byte
    for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ POLYNOMIAL : value >>> 1
    built[0]![byte] = value
  }
  for (let table = 1; table < 4; table++) {
    for (let byte = 0; byte < 256; byte++) {
      const before = built[table - 1]![byte]!
      built[table]![byte] = (before >>> 8) ^ built[0]![before & 255]!
    }
  }
  return built
}

export function checksum(bytes: Uint8Array, from: number, to: number): number {
  tables ??= buildTables()
  const [one, two, three, four] = tables as [Uint32Array, Uint32Array, Uint32Array, Uint32Array]
  let value = ~0
  let at = from
  for (; at + 4 <= to; at += 4) {
    value ^= bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)
    value = four[value & 255]! ^ three[(value >>> 8) & 255]! ^ two[(value >>> 16) & 255]! ^ one[value >>> 24]!
  }
  for (; at < to; at++) value = (value >>> 8) ^ one[(value ^ bytes[at]!) & 255]!
  return ~value >>> 0
}

/** A 64-bit fingerprint in hex: two murmur-like lanes (after bryc's cyrb53). For telling states apart, not for secrets. */
export function fingerprint(bytes: Uint8Array): string {
  let high = 0xdeadbeef
  let low = 0x41c6ce57
  for (const byte of bytes) {
    high = Math.imul(high ^ byte, 2654435761)
    low = Math.imul(low ^ byte, 1597334677)
  }
  high = Math.imul(high ^ (high >>> 16), 2246822507) ^ Math.imul(low ^ (low >>> 13), 3266489909)
  low = Math.imul(low ^ (low >>> 16), 2246822507) ^ Math.imul(high ^ (high >>> 13), 3266489909)
  return (high >>> 0).toString(16).padStart(8, '0') + (low >>> 0).toString(16).padStart(8, '0')
}
