/**
 * A TCP proxy with weather, for real connections to real servers: slow, narrow, stalled, corrupted, reset and cut.
 *
 * @module
 */
import { createConnection, createServer } from 'node:net'
import type { AddressInfo, Socket } from 'node:net'

import { damageFrom, flipByte } from '../core/damage.ts'
import { tailed } from '../core/tail.ts'
import { createListeners } from '../events.ts'
import { systemClock, systemRandom } from '../ground/clock.ts'
import { duration, fields, flag, integer, share } from '../ground/options.ts'
import type { Clock, Subscription } from '../ground/types.ts'

/** What a proxy does to the bytes that pass; changeable at any time. */
export interface TcpWeather {
  /** Delay of each direction in milliseconds. Default 0. */
  readonly latencyMs: number
  /** Mean of the heavy tail that is added, in milliseconds. Bytes never overtake each other. Default 0. */
  readonly jitterMs: number
  /** Bytes per millisecond and direction. Default Infinity. */
  readonly bytesPerMs: number
  /** True lets no byte pass until false again: a peer that is there and says nothing. Default false. */
  readonly stall: boolean
  /** True resets every connection, and each new one at once. Default false. */
  readonly cut: boolean
  /** Share of chunks in which one byte is flipped, 0..1. Default 0. */
  readonly corrupt: number
  /** Share of chunks at which the connection is reset, 0..1, before they are passed on. Default 0. */
  readonly reset: number
}

/** Options of {@link createTcpProxy}. */
export interface TcpProxyOptions extends Partial<TcpWeather> {
  /** The port that connections are passed on to. */
  readonly port: number
  /** Its host. Default 127.0.0.1. */
  readonly host?: string
  /** Connections at once; one more is reset. Default 1000. */
  readonly maxConnections?: number
  readonly random?: () => number
  readonly clock?: Pick<Clock, 'monotonic' | 'after'>
}

/** Something happened to a connection. */
export interface TcpEvent {
  readonly type: 'connected' | 'closed' | 'reset' | 'corrupted' | 'refused'
}

/** A running proxy. Listens on 127.0.0.1 only. */
export interface TcpProxy extends AsyncDisposable {
  /** The port to connect to. */
  readonly port: number
  readonly connections: number
  readonly current: TcpWeather
  set(patch: Partial<TcpWeather>): void
  /** Resets every open connection now; new ones are welcome. */
  sever(): void
  onEvent(listener: (event: TcpEvent) => void): Subscription
}

const FAIR: TcpWeather = { latencyMs: 0, jitterMs: 0, bytesPerMs: Infinity, stall: false, cut: false, corrupt: 0, reset: 0 }

function merged(base: TcpWeather, patch: Partial<TcpWeather>): TcpWeather {
  const next = { ...base, ...patch }
  for (const name of ['latencyMs', 'jitterMs'] as const) duration(name, next[name])
  for (const name of ['corrupt', 'reset'] as const) share(name, next[name])
  for (const name of ['stall', 'cut'] as const) flag(name, next[name])
  if (!(next.bytesPerMs > 0)) throw new RangeError(`Expected bytesPerMs to be above 0, got ${next.bytesPerMs}. Use stall to stop it.`)
  return next
}

/** Starts a proxy on a free port of 127.0.0.1. Rejects if it cannot listen. */
export async function createTcpProxy(options: TcpProxyOptions): Promise<TcpProxy> {
  fields('options', options, [...Object.keys(FAIR), 'port', 'host', 'maxConnections', 'random', 'clock'])
  const { port, host = '127.0.0.1', maxConnections = 1000, random = systemRandom, clock = systemClock, ...weather } = options
  integer('port', port, 1, 65_535)
  integer('maxConnections', maxConnections, 1)
  let current = merged(FAIR, weather)
  const listeners = createListeners<TcpEvent>()
  const sockets = new Set<Socket>()
  /** Woken when a stall ends. */
  const stalled = new Set<() => void>()

  const reset = (...pair: readonly Socket[]): void => {
    for (const socket of pair) if (!socket.destroyed) socket.resetAndDestroy()
  }

  /** One direction. A chunk is read only after the one before it was passed on, so at most one waits: the kernel's buffers are the bound. */
  function pump(from: Socket, to: Socket): void {
    let freeAt = 0
    const pass = (chunk: Buffer): void => {
      if (from.destroyed || to.destroyed) return
      if (current.stall) return void stalled.add(() => pass(chunk))
      if (random() < current.reset) {
        listeners.emit({ type: 'reset' })
        return reset(from, to)
      }
      const damaged = random() < current.corrupt
      if (damaged) listeners.emit({ type: 'corrupted' })
      if (to.write(damaged ? flipByte(chunk, damageFrom(random())) : chunk)) from.resume()
      else to.once('drain', () => from.resume())
    }
    from.on('data', (chunk: Buffer) => {
      from.pause()
      const now = clock.monotonic()
      freeAt = Math.max(freeAt, now) + chunk.length / current.bytesPerMs
      const waitMs = freeAt - now + tailed(current.latencyMs, current.jitterMs, random())
      if (waitMs > 0) clock.after(waitMs, () => pass(chunk))
      else pass(chunk)
    })
    from.on('end', () => to.end())
    from.on('error', () => reset(to))
    from.on('close', () => to.destroy())
  }

  const server = createServer({ allowHalfOpen: true, pauseOnConnect: true }, (inbound) => {
    if (current.cut || sockets.size >= 2 * maxConnections) {
      listeners.emit({ type: 'refused' })
      return reset(inbound)
    }
    const outbound = createConnection({ port, host, allowHalfOpen: true })
    listeners.emit({ type: 'connected' })
    for (const socket of [inbound, outbound]) {
      sockets.add(socket)
      socket.setNoDelay(true)
      socket.once('close', () => {
        sockets.delete(socket)
        if (socket === inbound) listeners.emit({ type: 'closed' })
      })
    }
    pump(inbound, outbound)
    pump(outbound, inbound)
    outbound.once('connect', () => inbound.resume())
  })

  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', resolve)
  })

  const sever = (): void => reset(...sockets)
  const set = (patch: Partial<TcpWeather>): void => {
    fields('patch', patch, Object.keys(FAIR))
    current = merged(current, patch)
    if (current.cut) sever()
    if (current.stall) return
    const waiting = [...stalled]
    stalled.clear()
    for (const pass of waiting) pass()
  }

  return {
    port: (server.address() as AddressInfo).port,
    get connections() {
      return sockets.size / 2
    },
    get current() {
      return current
    },
    set,
    sever,
    onEvent: (listener) => listeners.add(listener),
    [Symbol.asyncDispose]: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve())
        stalled.clear()
        sever()
      }),
  }
}
