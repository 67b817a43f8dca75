/** The state of one stream: three words of chaos and a counter that rules out short cycles. All are int32. */
export interface Words {
  a: number
  b: number
  c: number
  counter: number
}

/**
 * The next 32 bits; `words` moves on in place.
 *
 * Chris Doty-Humphrey's sfc32 (PractRand, 2010): 128 bits of state, passes PractRand and BigCrush, and needs
 * nothing that JavaScript's int32 arithmetic does not have. The counter guarantees a period of at least 2^32.
 */
export function nextWord(words: Words): number {
  const sum = (((words.a + words.b) | 0) + words.counter) | 0
  words.counter = (words.counter + 1) | 0
  words.a = words.b ^ (words.b >>> 9)
  words.b = (words.c + (words.c << 3)) | 0
  words.c = (((words.c << 21) | (words.c >>> 11)) + sum) | 0
  return sum >>> 0
}

// The generator's author asks for twelve rounds before the first output, so that similar seeds part ways.
const MIXING_ROUNDS = 15

/** A stream from a text; texts that differ in one character give unrelated streams. */
export function wordsFrom(text: string): Words {
  const words: Words = { a: hashText(text, 0x9e3779b9), b: hashText(text, 0x243f6a88), c: hashText(text, 0xb7e15162), counter: 1 }
  for (let round = 0; round < MIXING_ROUNDS; round++) nextWord(words)
  return words
}

/** MurmurHash3's block and finishing steps (Austin Appleby, public domain), over UTF-16 code units. */
export function hashText(text: string, seed: number): number {
  let hash = seed | 0
  for (let at = 0; at < text.length; at++) hash = mixWord(hash, text.charCodeAt(at))
  return finish(hash ^ text.length)
}

/** Folds one int32 into a running hash. */
export function mixWord(hash: number, word: number): number {
  let block = Math.imul(word, 0xcc9e2d51)
  block = Math.imul((block << 15) | (block >>> 17), 0x1b873593)
  const mixed = hash ^ block
  return (Math.imul((mixed << 13) | (mixed >>> 19), 5) + 0xe6546b64) | 0
}

/** Spreads a running hash over all its bits. */
export function finish(hash: number): number {
  let mixed = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35)
  return (mixed ^ (mixed >>> 16)) >>> 0
}
