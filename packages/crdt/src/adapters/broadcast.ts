/**
 * Sync between the tabs of one browser, over a `BroadcastChannel` (or anything that posts to all).
 * @module
 */
import { systemRandom } from '../ground/clock.ts'
import type { Session, Sync } from '../sync.ts'

/** The part of a BroadcastChannel that is used. */
export interface Channel {
  postMessage(message: unknown): void
  addEventListener(type: 'message', listener: (event: { readonly data: unknown }) => void): void
  removeEventListener(type: 'message', listener: (event: { readonly data: unknown }) => void): void
}

export interface BroadcastOptions {
  /** [0, 1): draws this tab's name on the channel. Default `Math.random`. */
  readonly random?: () => number
  /** Peers at once, 1 or more. Default 256; the one that has been silent the longest goes. */
  readonly limit?: number
}

/** What goes over the channel. Without `to`: somebody has come. */
interface Envelope {
  readonly from: string
  readonly to?: string
  readonly bytes?: Uint8Array
}

/** Joins the channel: says so, and holds a session with everybody there. Disposing leaves it; closing the channel stays with its owner. */
export function joinChannel(sync: Sync, channel: Channel, options: BroadcastOptions = {}): Disposable {
  const { random = systemRandom, limit = 256 } = options
  const me = `${random()}`.slice(2)
  const sessions = new Map<string, Session>()
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a channel has one origin, unlike a window
  const post = (envelope: Envelope): void => channel.postMessage(envelope)

  function sessionWith(peer: string): Session {
    const known = sessions.get(peer)
    sessions.delete(peer)
    const session = known ?? sync.connect((bytes) => post({ from: me, to: peer, bytes }))
    sessions.set(peer, session)
    for (const [oldest, silent] of sessions) {
      if (sessions.size <= limit) break
      silent[Symbol.dispose]()
      sessions.delete(oldest)
    }
    return session
  }

  function listen({ data }: { readonly data: unknown }): void {
    const { from, to, bytes } = (typeof data === 'object' && data !== null ? data : {}) as Partial<Envelope>
    if (typeof from !== 'string' || from === me || (to !== undefined && to !== me)) return
    if (to === undefined) sessionWith(from).hello()
    else if (bytes instanceof Uint8Array) sessionWith(from).receive(bytes)
  }

  channel.addEventListener('message', listen)
  post({ from: me })
  return {
    [Symbol.dispose]() {
      channel.removeEventListener('message', listen)
      for (const session of sessions.values()) session[Symbol.dispose]()
      sessions.clear()
    },
  }
}
