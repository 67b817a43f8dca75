import type { Stamp } from './types.ts'

/**
 * A remote stamp lies further ahead of this node's wall clock than `maxDriftMs`. It was refused before anything moved;
 * no local call ever meets this error.
 */
export class DriftError extends Error {
  override readonly name = 'DriftError'
  readonly code = 'drift'
  declare readonly remote: Stamp
  /** The node whose stamp was refused. */
  declare readonly node: string
  /** How far the stamp is ahead of the wall clock here, in milliseconds. */
  declare readonly offsetMs: number
  declare readonly maxDriftMs: number

  constructor(remote: Stamp, offsetMs: number, maxDriftMs: number) {
    const { node } = remote
    super(`${node} is ${offsetMs} ms ahead, maxDriftMs is ${maxDriftMs}: check both clocks`)
    Object.assign(this, { remote, node, offsetMs, maxDriftMs })
  }
}

/** Something from outside is not what it should be: text, bytes, a stamp, an id, an option, a wall clock's reading. Nothing has changed. */
export class MalformedError extends TypeError {
  override readonly name = 'MalformedError'
  readonly code = 'malformed'
  /** What came. */
  readonly input: unknown

  constructor(expected: string, input: unknown) {
    super(`expected ${expected}, got ${String(input).slice(0, 80)}`)
    this.input = input
  }
}

/** The store of a durable clock did not do what the clock needs; no stamp has left that a restart could repeat. */
export class StoreError extends Error {
  override readonly name = 'StoreError'
  readonly code = 'store'
  readonly operation: 'load' | 'save'

  constructor(operation: 'load' | 'save', what: string, cause?: unknown) {
    super(`${what}; check the store of this clock`, { cause })
    this.operation = operation
  }
}

/** Another clock writes to this clock's store, so both stamp under one id. Throw it from `save` and the clock stops renewing its window. */
export class ConflictError extends Error {
  override readonly name = 'ConflictError'
  readonly code = 'conflict'
  /** The mark that somebody else has written. */
  readonly markMs: number

  constructor(markMs: number) {
    super(`the store holds the mark ${markMs} of another clock: give each a store and a node id of its own`)
    this.markMs = markMs
  }
}

/** A token does not prove its stamp. `reason` says why; the token itself is not repeated. */
export class TokenError extends Error {
  override readonly name = 'TokenError'
  readonly code = 'token'
  readonly reason: 'malformed' | 'unknown-key' | 'signature'

  constructor(reason: 'malformed' | 'unknown-key' | 'signature', keyId: string = '') {
    super({
      malformed: 'expected STAMP~KEY~SIGNATURE; pass on what the server gave, unchanged',
      'unknown-key': `no key '${keyId}' here; give this server the key, or the client a new token`,
      signature: `the signature is not of key '${keyId}'; the stamp was changed, or secrets differ`,
    }[reason])
    this.reason = reason
  }
}
