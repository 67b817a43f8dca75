import { createConnection, createServer, type AddressInfo, type Socket } from 'node:net'

export interface Weather {
  /** No byte passes until false again: a server that is there and says nothing. */
  readonly stall?: boolean
  /** Every connection is reset, and each new one at once. */
  readonly cut?: boolean
  /** Share of chunks in which a byte is flipped, and at which the connection is reset. */
  readonly corrupt?: number
  readonly reset?: number
}

export interface FaultProxy {
  readonly port: number
  set(weather: Weather): void
  close(): Promise<void>
}

/** A proxy on 127.0.0.1 that does to the bytes what networks and dying servers do. Chances come from a generator with a seed. */
export async function faultProxy(target: number, first: Weather = {}, seed: number = 7): Promise<FaultProxy> {
  let weather = first
  let state = seed
  const chance = (share: number = 0): boolean => (state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0) / 2 ** 32 < share
  const sockets = new Set<Socket>()
  const held: (() => void)[] = []
  const drop = (...pair: Socket[]): void => pair.forEach((socket) => socket.destroyed || socket.resetAndDestroy())
  const pump = (from: Socket, to: Socket): void => {
    const pass = (chunk: Buffer): void => {
      if (weather.stall === true) return void held.push(() => pass(chunk))
      if (chance(weather.reset)) return drop(from, to)
      if (chance(weather.corrupt)) chunk[chunk.length >> 1]! ^= 1
      if (!to.destroyed) to.write(chunk)
    }
    from.on('data', pass)
    from.on('error', () => drop(to))
    from.on('close', () => to.destroy())
  }
  const server = createServer((inbound) => {
    inbound.on('error', () => undefined)
    if (weather.cut === true) return drop(inbound)
    const outbound = createConnection({ port: target, host: '127.0.0.1' })
    for (const socket of [inbound, outbound]) sockets.add(socket.setNoDelay(true).once('close', () => sockets.delete(socket)))
    pump(inbound, outbound)
    pump(outbound, inbound)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    port: (server.address() as AddressInfo).port,
    set(next) {
      weather = next
      if (next.cut === true) drop(...sockets)
      if (next.stall !== true) for (const run of held.splice(0)) run()
    },
    async close() {
      drop(...sockets)
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
