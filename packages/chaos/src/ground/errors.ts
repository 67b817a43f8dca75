/** What a faulty link did to a call: refused it, lost it, had no room for it, or was disposed of under it. */
export type LinkFault = 'cut' | 'loss' | 'full' | 'closed'

/** Node's names for the same, because that is what callers look at. */
export type LinkErrorCode = 'ECONNREFUSED' | 'ECONNRESET' | 'ETIMEDOUT' | 'EMFILE'

/**
 * A call did not get through a faulty link. `code` is what Node's sockets would have said, so that code under test
 * cannot tell; `fault` says what really happened. From `faults().fetch()` it comes as the `cause` of the
 * `TypeError: fetch failed` that a real fetch throws.
 */
export class LinkError extends Error {
  override readonly name: string = 'LinkError'
  readonly code: LinkErrorCode
  readonly fault: LinkFault

  constructor(code: LinkErrorCode, fault: LinkFault, message: string) {
    super(`${message} (${code})`)
    this.code = code
    this.fault = fault
  }
}
