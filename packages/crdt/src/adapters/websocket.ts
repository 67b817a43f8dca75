/**
 * Sync over WebSockets: one function for an open socket on either side (a browser's, Node's own, or one of `ws`), and a client that connects again.
 * @module
 */
import { systemClock, systemRandom, type Clock } from '../ground/clock.ts'
import { checkOptions, show } from '../ground/options.ts'
import type { Sync } from '../sync.ts'

export type { Clock } from '../ground/clock.ts'

/** The part of a WebSocket that is used. */
export interface Socket {
  binaryType: string
  readonly readyState: number
  readonly bufferedAmount: number
  send(data: Uint8Array<ArrayBuffer>): void
  close(): void
  addEventListener(type: 'open' | 'message' | 'close' | 'error', listener: (event: { readonly data?: unknown }) => void): void
}

const OPEN = 1

export interface SocketOptions {
  /** Bytes that may wait to be sent, 1 or more. Default 64 MiB; a peer that is slower is cut off, and catches up when it comes again. */
  readonly maxBufferedBytes?: number
}

/** Holds a session over a socket until it closes. The side that opened the connection says hello. */
export function attachSocket(sync: Sync, socket: Socket, options: SocketOptions & { readonly hello?: boolean } = {}): Disposable {
  const { maxBufferedBytes = 64 * 1024 * 1024, hello = false } = options
  socket.binaryType = 'arraybuffer'
  const session = sync.connect((bytes) => {
    if (socket.readyState !== OPEN) return
    if (socket.bufferedAmount > maxBufferedBytes) socket.close()
    else socket.send(bytes as Uint8Array<ArrayBuffer>)
  })
  const end = (): void => session[Symbol.dispose]()
  socket.addEventListener('message', ({ data }) => {
    if (!(data instanceof ArrayBuffer) || !session.receive(new Uint8Array(data))) socket.close()
  })
  socket.addEventListener('close', end)
  socket.addEventListener('error', end)
  if (hello) {
    if (socket.readyState === OPEN) session.hello()
    else socket.addEventListener('open', () => session.hello())
  }
  return {
    [Symbol.dispose]() {
      end()
      socket.close()
    },
  }
}

export interface ConnectOptions extends SocketOptions {
  /** Makes a socket: `() => new WebSocket(url)`. Called again after each loss. */
  readonly open: () => Socket
  /** Longest wait before the first new try, in milliseconds, 1 or more. Default 500; doubled at each, up to `maxWaitMs` (default 30 000), with full jitter. */
  readonly waitMs?: number
  readonly maxWaitMs?: number
  readonly clock?: Pick<Clock, 'after'>
  readonly random?: () => number
}

/** Stays connected until it is disposed of. */
export function connectSocket(sync: Sync, options: ConnectOptions): Disposable {
  checkOptions(options, ['open', 'waitMs', 'maxWaitMs', 'maxBufferedBytes', 'clock', 'random'], 'connectSocket')
  const { open, waitMs = 500, maxWaitMs = 30_000, clock = systemClock, random = systemRandom, ...socketOptions } = options
  if (typeof open !== 'function') throw new TypeError(`open is a function that makes a socket; got ${show(open)}.`)
  if (!(waitMs >= 1 && maxWaitMs >= waitMs)) throw new RangeError(`waitMs is 1 or more and maxWaitMs no less; got ${show(waitMs)} and ${show(maxWaitMs)}.`)
  let attached: Disposable | undefined
  let timer: { cancel(): void } | undefined
  let failures = 0
  let ended = false

  function again(): void {
    attached = undefined
    if (ended || timer !== undefined) return
    timer = clock.after(random() * Math.min(maxWaitMs, waitMs * 2 ** failures++), connect)
  }

  function connect(): void {
    timer = undefined
    let socket: Socket
    try {
      socket = open()
    } catch {
      return again()
    }
    socket.addEventListener('open', () => { failures = 0 })
    socket.addEventListener('close', again)
    socket.addEventListener('error', again)
    attached = attachSocket(sync, socket, { ...socketOptions, hello: true })
  }

  connect()
  return {
    [Symbol.dispose]() {
      ended = true
      timer?.cancel()
      attached?.[Symbol.dispose]()
    },
  }
}
