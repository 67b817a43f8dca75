import { finish, mixWord } from '../core/sfc32.ts'

/** What happened, as a rolling hash for machines and as the last few lines for people. */
export interface Trace {
  /** Hexadecimal; equal for equal runs. */
  readonly hash: string
  /** The last lines, oldest first. */
  readonly lines: readonly string[]
  number(value: number): void
  bytes(bytes: Uint8Array): void
  /** Hashes the text and keeps it as a line. */
  note(at: number, who: string, text: string): void
}

const KEPT = 60

export function createTrace(): Trace {
  let hash = 0
  let count = 0
  let lines: string[] = []

  const word = (value: number): void => {
    hash = mixWord(hash, value)
    count++
  }
  const text = (value: string): void => {
    for (let at = 0; at < value.length; at++) word(value.charCodeAt(at))
  }

  return {
    get hash() {
      return finish(hash ^ count).toString(16).padStart(8, '0')
    },
    get lines() {
      return lines.slice(-KEPT)
    },
    // Virtual instants are multiples of 2^-10 ms, so two words hold one exactly.
    number(value) {
      word(value * 1024)
      word((value * 1024) / 2 ** 32)
    },
    bytes(bytes) {
      for (const byte of bytes) word(byte)
    },
    note(at, who, line) {
      text(who)
      text(line)
      lines.push(`${at.toFixed(3).padStart(12)} ms  ${who}: ${line}`)
      if (lines.length > 4 * KEPT) lines = lines.slice(-KEPT)
    },
  }
}
