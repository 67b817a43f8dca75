/** Two 32-bit words that outsiders do not know. */
export interface HashKey {
  readonly k0: number
  readonly k1: number
}

const rotate = (word: number, by: number): number => (word << by) | (word >>> (32 - by))

/**
 * HalfSipHash-1-3 over the UTF-16 units of `text`, two at a time: 64 bits as two words. Keyed, so that nobody without the key can
 * search for collisions. O(length). After Aumasson and Bernstein, "SipHash: a fast short-input PRF" (2012).
 */
export function sipHash(text: string, { k0, k1 }: HashKey): readonly [number, number] {
  let v0 = k0 | 0
  let v1 = (k1 ^ 0xee) | 0
  let v2 = k0 ^ 0x6c796765
  let v3 = k1 ^ 0x74656462
  const round = (): void => {
    v0 = (v0 + v1) | 0
    v1 = rotate(v1, 5) ^ v0
    v0 = rotate(v0, 16)
    v2 = (v2 + v3) | 0
    v3 = rotate(v3, 8) ^ v2
    v0 = (v0 + v3) | 0
    v3 = rotate(v3, 7) ^ v0
    v2 = (v2 + v1) | 0
    v1 = rotate(v1, 13) ^ v2
    v2 = rotate(v2, 16)
  }
  const absorb = (word: number): void => {
    v3 ^= word
    round()
    v0 ^= word
  }
  for (let at = 0; at + 1 < text.length; at += 2) absorb(text.charCodeAt(at) | (text.charCodeAt(at + 1) << 16))
  absorb(text.length % 2 === 0 ? 0 : text.charCodeAt(text.length - 1))
  absorb(text.length)
  v2 ^= 0xee
  round()
  round()
  round()
  const low = (v1 ^ v3) >>> 0
  v1 ^= 0xdd
  round()
  round()
  round()
  return [low, (v1 ^ v3) >>> 0]
}
