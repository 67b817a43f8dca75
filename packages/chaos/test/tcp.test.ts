import { createServer, createConnection } from 'node:net'
import type { AddressInfo, Socket } from 'node:net'

import { Redis } from 'ioredis'
import { afterEach, describe, expect, test } from 'vitest'

import { createTcpProxy } from '../src/adapters/tcp.ts'
import type { TcpProxy, TcpProxyOptions } from '../src/adapters/tcp.ts'

const cleanups: (() => unknown)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

/** A proxy before an echo server, and a client that collects what comes back. */
async function echoing(options: Omit<TcpProxyOptions, 'port'> = {}) {
  const server = createServer((socket) => socket.on('error', () => {}).pipe(socket))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const proxy = await createTcpProxy({ ...options, port: (server.address() as AddressInfo).port })
  cleanups.push(() => server.close(), () => proxy[Symbol.asyncDispose]())
  return { proxy, client: () => connect(proxy) }
}

function connect(proxy: TcpProxy) {
  const socket: Socket = createConnection({ port: proxy.port, host: '127.0.0.1' })
  cleanups.push(() => socket.destroy())
  const got: Buffer[] = []
  let wake = (): void => {}
  socket.on('data', (chunk: Buffer) => {
    got.push(chunk)
    wake()
  })
  const closed = new Promise<string>((resolve) => {
    socket.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? 'error'))
    socket.on('close', () => resolve('closed'))
  })
  const received = async (bytes: number): Promise<string> => {
    while (Buffer.concat(got).length < bytes) await new Promise<void>((resolve) => (wake = resolve))
    return Buffer.concat(got).toString('latin1')
  }
  return { socket, closed, received }
}

describe('createTcpProxy', () => {
  test('in fair weather passes every byte in order, also more than fits in a buffer, and the end', async () => {
    const { client } = await echoing()
    const { socket, received, closed } = client()
    const sent = 'x'.repeat(3_000_000) + 'end'
    socket.end(sent)
    expect((await received(sent.length)).endsWith('xend')).toBe(true)
    expect(await closed).toBe('closed')
  })

  test('delays and narrows what passes', async () => {
    const { client } = await echoing({ latencyMs: 20, bytesPerMs: 10 })
    const { socket, received } = client()
    const began = performance.now()
    socket.write('x'.repeat(300))
    await received(300)
    expect(performance.now() - began).toBeGreaterThan(2 * (20 + 30) - 2)
  })

  test('a stall holds the bytes and loses none', async () => {
    const { proxy, client } = await echoing({ stall: true })
    const { socket, received } = client()
    socket.write('held')
    const connected = new Promise<void>((resolve) => void proxy.onEvent(() => resolve()))
    await connected
    proxy.set({ stall: false })
    expect(await received(4)).toBe('held')
  })

  test('a cut resets what is open and what comes, until it ends', async () => {
    const { proxy, client } = await echoing()
    const first = client()
    first.socket.write('a')
    await first.received(1)
    expect(proxy.connections).toBe(1)
    proxy.set({ cut: true })
    expect(await first.closed).toBe('ECONNRESET')
    expect(await client().closed).toMatch(/ECONNRESET|closed/)
    proxy.set({ cut: false })
    const last = client()
    last.socket.write('b')
    expect(await last.received(1)).toBe('b')
  })

  test('flips a byte of a chunk, and resets at a chunk, as often as told', async () => {
    const { proxy, client } = await echoing({ corrupt: 1 })
    const { socket, received } = client()
    socket.write('abcdef')
    const back = await received(6)
    expect(back).toHaveLength(6)
    expect(back).not.toBe('abcdef')
    proxy.set({ corrupt: 0, reset: 1 })
    const next = client()
    next.socket.write('x')
    expect(await next.closed).toBe('ECONNRESET')
  })

  test('takes no more connections than its bound, and refuses wrong options', async () => {
    const { client } = await echoing({ maxConnections: 1 })
    const first = client()
    first.socket.write('a')
    await first.received(1)
    expect(await client().closed).toMatch(/ECONNRESET|closed/)
    await expect(createTcpProxy({ port: 0 })).rejects.toThrow(/port to be an integer from 1/)
    await expect(createTcpProxy({ port: 1, corrupt: 5 })).rejects.toThrow(/share from 0 to 1/)
    await expect(createTcpProxy({ port: 1, latency: 5 } as never)).rejects.toThrow(/known fields only/)
  })
})

const answers = (port: number): Promise<boolean> => new Promise((resolve) => {
  const socket = createConnection({ port, host: '127.0.0.1', timeout: 1000 })
  for (const [event, up] of [['connect', true], ['error', false], ['timeout', false]] as const) {
    socket.once(event, () => {
      socket.destroy()
      resolve(up)
    })
  }
})
/** Runs where the service answers; says loudly where it does not, and fails there if `REQUIRE_SERVICES=1`. */
async function service(name: string, port: number): Promise<boolean> {
  if (await answers(port)) return true
  if (process.env['REQUIRE_SERVICES'] === '1') throw new Error(`${name} does not answer at 127.0.0.1:${port}, and REQUIRE_SERVICES=1`)
  console.warn(`!! ${name} does not answer at 127.0.0.1:${port}: its test of the TCP proxy is SKIPPED`)
  return false
}

describe('real servers behind the proxy', () => {
  test('Redis: a client outlives a severed connection, and sees a cut', async ({ skip }) => {
    if (!(await service('Redis', 6379))) return skip()
    const proxy = await createTcpProxy({ port: 6379, latencyMs: 1 })
    const redis = new Redis({ port: proxy.port, host: '127.0.0.1', lazyConnect: true, retryStrategy: () => 20, maxRetriesPerRequest: 3 })
    redis.on('error', () => {})
    cleanups.push(() => proxy[Symbol.asyncDispose](), () => redis.disconnect())
    expect(await redis.ping()).toBe('PONG')
    proxy.sever()
    expect(await redis.ping()).toBe('PONG')
    proxy.set({ cut: true })
    await expect(redis.ping()).rejects.toThrow()
    proxy.set({ cut: false })
    expect(await redis.ping()).toBe('PONG')
  })

  test('PostgreSQL: a query through a narrow line comes back whole, and a reset in its middle is an error', async ({ skip }) => {
    if (!(await service('PostgreSQL', 5432))) return skip()
    const proxy = await createTcpProxy({ port: 5432, bytesPerMs: 500 })
    const { socket, received, closed } = connect(proxy)
    cleanups.push(() => proxy[Symbol.asyncDispose]())
    // The frontend protocol by hand: a startup message, and then a simple query.
    const zeroed = (...words: readonly string[]): Buffer => Buffer.from(words.map((word) => `${word}\0`).join(''))
    const message = (type: string, body: Buffer): Buffer => {
      const length = Buffer.alloc(4)
      length.writeInt32BE(body.length + 4)
      return Buffer.concat([Buffer.from(type), length, body])
    }
    const user = process.env['PGUSER'] ?? 'postgres'
    socket.write(message('', Buffer.concat([Buffer.from([0, 3, 0, 0]), zeroed('user', user, 'database', process.env['PGDATABASE'] ?? 'test', '')])))
    // 'R', a length of 8, and 0: welcome, no password needed.
    expect([...Buffer.from((await received(9)).slice(0, 9), 'latin1')]).toEqual([82, 0, 0, 0, 8, 0, 0, 0, 0])
    socket.write(message('Q', zeroed("select repeat('x', 20000)")))
    expect(await received(20_000)).toContain('x'.repeat(10_000))
    proxy.set({ reset: 1 })
    socket.write(message('Q', zeroed('select 1')))
    expect(await closed).toBe('ECONNRESET')
  })
})
