/** One byte to be flipped: where (a share of the length) and how (the bits to invert, never none). */
export interface Damage {
  /** Position as a share of the body's length, in [0, 1). */
  readonly at: number
  /** Bits to invert, 1..255. */
  readonly mask: number
}

/** From one number in [0, 1): the high digits give the place, the low ones the bits. */
export function damageFrom(unit: number): Damage {
  const scaled = unit * 2 ** 32
  return { at: unit, mask: 1 + (Math.floor(scaled) % 255) }
}

/** A copy with exactly one byte changed; the length stays, an empty body stays empty. */
export function flipByte(bytes: Uint8Array, damage: Damage): Uint8Array<ArrayBuffer> {
  const copy = new Uint8Array(bytes)
  const at = Math.floor(damage.at * copy.length)
  const byte = copy[at]
  if (byte !== undefined) copy[at] = byte ^ damage.mask
  return copy
}
