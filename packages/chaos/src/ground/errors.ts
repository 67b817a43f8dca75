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

/** A simulated disk failed: `EIO` a read or sync that did not work, `ENOSPC` no room left. */
export class DiskError extends Error {
  override readonly name: string = 'DiskError'
  readonly code: 'EIO' | 'ENOSPC'

  constructor(code: 'EIO' | 'ENOSPC', message: string) {
    super(`${message} (${code})`)
    this.code = code
  }
}

/**
 * The simulation itself was broken, so nothing that it shows can be trusted: `leak`, the real machine's time, chance or
 * I/O got in; `zombie`, a node acted after its crash; `uncaught`, a node threw and nobody caught it;
 * `stuck`, time does not move on; `nondeterminism`, the same seed ran differently.
 */
export class WorldError extends Error {
  override readonly name: string = 'WorldError'
  readonly code: 'leak' | 'zombie' | 'uncaught' | 'stuck' | 'nondeterminism'
  /** The node it happened to, or 'world'. */
  readonly node: string

  constructor(code: WorldError['code'], node: string, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
    this.node = node
  }
}
