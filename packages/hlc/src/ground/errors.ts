import type { Stamp } from './types.ts'

/**
 * A remote stamp lies further ahead of this node's wall clock than `maxDriftMs`. It was refused before anything moved;
 * no local call ever meets this error.
 */
export class DriftError extends Error {
  override readonly name = 'DriftError'
  readonly code = 'drift'
  readonly remote: Stamp
  /** The node whose stamp was refused. */
  readonly node: string
  /** How far the stamp is ahead of the wall clock here, in milliseconds. */
  readonly offsetMs: number
  readonly maxDriftMs: number

  constructor(remote: Stamp, offsetMs: number, maxDriftMs: number) {
    super(
      `stamp of node '${remote.node}' is ${offsetMs} ms ahead of the wall clock here; at most ${maxDriftMs} ms (maxDriftMs) is accepted. ` +
        `Check the clocks of '${remote.node}' and of this node`,
    )
    this.remote = remote
    this.node = remote.node
    this.offsetMs = offsetMs
    this.maxDriftMs = maxDriftMs
  }
}

/** Text, bytes or a value from outside is no stamp. `input` is what came. */
export class MalformedError extends TypeError {
  override readonly name = 'MalformedError'
  readonly code = 'malformed'
  readonly input: unknown

  constructor(expected: string, input: unknown) {
    super(`expected ${expected}, got ${show(input)}`)
    this.input = input
  }
}

/** The physical clock gave no usable time, or hybrid time has run out of its 48 bits. The hybrid clock did not move. */
export class ClockError extends RangeError {
  override readonly name = 'ClockError'
  readonly code = 'clock'
  readonly input: unknown

  constructor(expected: string, input: unknown) {
    super(`expected ${expected}, got ${show(input)}`)
    this.input = input
  }
}

/** Names any value in one short line, without trusting it to print itself. */
export function show(value: unknown): string {
  let text: string
  try {
    text = typeof value === 'string' ? `'${value}'` : (JSON.stringify(value) ?? String(value))
    if (typeof value === 'number') text = String(value)
  } catch {
    text = typeof value
  }
  return text.length > 90 ? `${text.slice(0, 90)}…` : text
}
