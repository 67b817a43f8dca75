// Promise: how a call to another region can fail has three names, and each says whether asking again is worth it.

import { Refusal } from '../ground/refusal.ts'

/** The link or the peer failed; nobody knows whether the call took effect, so only repeatable calls are made. */
export class TransportError extends Error {
  readonly code = 'transport'
  override readonly name = 'TransportError'
}

/** A strong service cannot be reached now. It refuses rather than guesses. */
export class Unavailable extends Error {
  readonly code = 'unavailable'
  override readonly name = 'Unavailable'
  readonly retryAfterMs: number
  constructor(message: string, retryAfterMs: number, options?: ErrorOptions) {
    super(message, options)
    this.retryAfterMs = retryAfterMs
  }
}

/** The peer answered, and its answer is no: its code and sentence. */
export class RemoteError extends Refusal {
  override readonly name = 'RemoteError'
  readonly details: Readonly<Record<string, unknown>>
  constructor(code: string, message: string, details: Readonly<Record<string, unknown>> = {}) {
    super(code, message)
    this.details = details
  }
}
