import { execFile } from 'node:child_process'
import { createServer } from 'node:net'
import type { AddressInfo, Server, Socket } from 'node:net'
import { fileURLToPath } from 'node:url'
import { afterEach, describe, expect, it } from 'vitest'
import { greet } from '../services/greeting.ts'
import type { Greeting } from '../services/greeting.ts'
import { hearNats, hearPostgres, hearRedis, startupMessage } from '../services/handshakes.ts'
import { announcement } from '../services/lines.ts'

const servers: Server[] = []
afterEach(() => Promise.all(servers.splice(0).map((server) => new Promise((done) => server.close(done)))))

async function serve(talk: (socket: Socket) => void): Promise<number> {
  const server = createServer(talk)
  servers.push(server)
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  return (server.address() as AddressInfo).port
}

const message = (kind: string, body: Buffer): Buffer => {
  const length = Buffer.alloc(4)
  length.writeUInt32BE(4 + body.length)
  return Buffer.concat([Buffer.from(kind), length, body])
}
const ready = Buffer.concat([message('R', Buffer.from([0, 0, 0, 0])), message('S', Buffer.from('a\0b\0')), message('Z', Buffer.from('I'))])

describe('a handshake', () => {
  const ask = (port: number, hear: (bytes: Buffer) => Greeting | undefined, hello?: Uint8Array): Promise<Greeting> =>
    greet({ host: '127.0.0.1', port, limitMs: 200, hear, ...(hello === undefined ? {} : { hello }) })

  it('lets in a PostgreSQL that becomes ready, also when its answer comes in crumbs', async () => {
    const port = await serve((socket) => socket.once('data', (hello) => {
      expect(hello).toEqual(Buffer.from(startupMessage('ada', 'test')))
      for (const byte of ready) socket.write(Buffer.of(byte))
    }))
    expect(await ask(port, (bytes) => hearPostgres(bytes, false), startupMessage('ada', 'test'))).toEqual({ ok: true })
  })

  it('gives the words of a PostgreSQL that refuses', () => {
    expect(hearPostgres(message('E', Buffer.from('SFATAL\0C28000\0Mrole "ada" does not exist\0\0')), false)).toEqual({ ok: false, reason: 'role "ada" does not exist' })
  })

  it('tells that a password is wanted, unless there is one to give', () => {
    const md5 = message('R', Buffer.from([0, 0, 0, 5, 1, 2, 3, 4]))
    expect(hearPostgres(md5, false)).toEqual({ ok: false, reason: 'asks for a password, and PGPASSWORD is not set' })
    expect(hearPostgres(md5, true)).toEqual({ ok: true })
  })

  it('does not take another server for the service', () => {
    expect(hearPostgres(Buffer.from('HTTP/1.1 400 Bad Request\r\n'), false)).toMatchObject({ ok: false })
    expect(hearRedis(Buffer.from('HTTP/1.1 400 Bad Request\r\n'))).toEqual({ ok: false, reason: 'speaks another protocol' })
    expect(hearNats(Buffer.from('220 mail ready\r\n'))).toMatchObject({ ok: false })
  })

  it('hears Redis and NATS', () => {
    expect(hearRedis(Buffer.from('+PO'))).toBeUndefined()
    expect(hearRedis(Buffer.from('+PONG\r\n'))).toEqual({ ok: true })
    expect(hearRedis(Buffer.from('-NOAUTH Authentication required.\r\n'))).toEqual({ ok: false, reason: 'NOAUTH Authentication required.' })
    expect(hearNats(Buffer.from('INFO {"server_id":"x"}\r\n'))).toEqual({ ok: true })
  })

  it('gives up on a silent port, a closed one and one that hangs up', async () => {
    const silent = await serve(() => undefined)
    expect(await ask(silent, hearRedis)).toEqual({ ok: false, reason: 'silent for 200 ms' })
    const closed = await serve(() => undefined)
    await new Promise((done) => servers.pop()?.close(done))
    expect(await ask(closed, hearRedis)).toEqual({ ok: false, reason: 'ECONNREFUSED' })
    expect(await ask(await serve((socket) => socket.end()), hearRedis)).toMatchObject({ ok: false })
  })
})

describe('the announcement', () => {
  it('is quiet about a service that answers and loud about one that does not', () => {
    const redis = { name: 'redis', title: 'Redis', host: '127.0.0.1', port: 6379, url: '' } as const
    expect(announcement([{ ...redis, greeting: { ok: true } }])).toBe('Redis answers at 127.0.0.1:6379')
    expect(announcement([{ ...redis, greeting: { ok: false, reason: 'ECONNREFUSED' } }])).toBe('!! Redis does not answer at 127.0.0.1:6379 (ECONNREFUSED): its suites are SKIPPED')
  })

  const announce = (env: Record<string, string>): Promise<{ code: number; output: string }> =>
    new Promise((resolve) => {
      const script = fileURLToPath(new URL('../services/announce.ts', import.meta.url))
      // Port 1 answers nobody.
      const nowhere = { PGHOST: '127.0.0.1', PGPORT: '1', REDIS_PORT: '1', NATS_PORT: '1' }
      execFile(process.execPath, [script], { env: { ...process.env, REQUIRE_SERVICES: '', ...nowhere, ...env } }, (error, stdout, stderr) =>
        resolve({ code: error === null ? 0 : Number(error.code), output: stdout + stderr }))
    })

  it('lets the tests go on without services, and ends them when they are required', async () => {
    const [free, required] = await Promise.all([announce({}), announce({ REQUIRE_SERVICES: '1' })])
    expect(free.code).toBe(0)
    expect(free.output.match(/^!! .* SKIPPED$/gm)).toHaveLength(3)
    expect(required.code).toBe(1)
    expect(required.output).toMatch(/REQUIRE_SERVICES=1, and PostgreSQL and Redis and NATS must answer/)
  })
})
