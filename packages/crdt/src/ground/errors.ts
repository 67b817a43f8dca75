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
  /** The bytes are of another epoch than the replica. One that slept through a collection must be rebased: see `sync`. */
  | 'stale-epoch'
  /** The history that was asked for has been forgotten. */
  | 'gap'
  /** A bounded counter has no rights left here. */
  | 'no-rights'

export class CrdtError extends Error {
  override readonly name = 'CrdtError'
  readonly code: CrdtErrorCode
  /** With `stale-epoch`: the epoch of the bytes. */
  readonly epoch: number | undefined

  constructor(code: CrdtErrorCode, message: string, options?: { cause?: unknown; epoch?: number }) {
    super(message, options)
    this.code = code
    this.epoch = options?.epoch
  }
}

export function corrupt(what: string): CrdtError {
  return new CrdtError('corrupt', `The bytes are damaged: ${what}. Nothing was changed; ask the sender for them again.`)
}
