/** Failures of bytes and of replicas. Wrong use of a function is a `TypeError` or a `RangeError` instead. */

export type CrdtErrorCode =
  /** The bytes are damaged, cut short, or were never made by this package. Ask the sender again. */
  | 'corrupt'
  /** The bytes are of a newer format. Update this replica. */
  | 'version'
  /** The bytes belong to a document of another schema or id. */
  | 'wrong-doc'
  /** One actor id is used by two replicas. See `sync` for healing. */
  | 'fork'
  /** The replica slept through a collection of garbage and must be rebased. */
  | 'stale-epoch'
  /** The history that was asked for has been forgotten. */
  | 'gap'
  /** A bounded counter has no rights left here. */
  | 'no-rights'

export class CrdtError extends Error {
  override readonly name = 'CrdtError'
  readonly code: CrdtErrorCode

  constructor(code: CrdtErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options)
    this.code = code
  }
}

export function corrupt(what: string): CrdtError {
  return new CrdtError('corrupt', `The bytes are damaged: ${what}. Nothing was changed; ask the sender for them again.`)
}
