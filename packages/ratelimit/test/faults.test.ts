import { createTcpProxy, type TcpProxy, type TcpWeather } from '@distrokit/chaos/tcp'
import { afterAll, expect, it, vi } from 'vitest'
import { describeWith } from '../../../tools/services/index.ts'
import { postgresStore } from '../src/adapters/postgres.ts'
import { redisStore } from '../src/adapters/redis.ts'
import { createLimiter, perHour, type Decision, type SharedEvent, type SharedLimiter, type Store } from '../src/index.ts'
import { connections, dropTable, forget, ioRedis, unique } from './support/services.ts'

const through = (url: string, { port }: TcpProxy): string => Object.assign(new URL(url), { port: String(port), hostname: '127.0.0.1' }).href

/** A proxy in front of a server, with chances from a generator with a seed. */
function proxyTo(port: number, weather: Partial<TcpWeather> = {}): Promise<TcpProxy> {
  let state = 7
  const random = (): number => (state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0) / 2 ** 32
  return createTcpProxy({ port, random, ...weather })
}

/** A real server behind a proxy with weather, and a limiter that sees only the proxy. */
function open(store: Store, outage: 'local' | 'refuse' | 'allow'): { limiter: SharedLimiter; events: string[] } {
  const limiter = createLimiter(perHour(1000), { store, outage, replicas: 10, recallMs: 0, timeoutMs: 500 })
  const events: string[] = []
  limiter.onEvent((event: SharedEvent) => event.type !== 'decision' && events.push(event.type))
  return { limiter, events }
}

const storm = async (limiter: SharedLimiter, times: number): Promise<Decision[]> => {
  const decisions: Decision[] = []
  for (let count = 0; count < times; count += 1) decisions.push(await limiter.take('k'))
  return decisions
}

/** Waits until the store decides again. */
const recovered = (limiter: SharedLimiter): Promise<unknown> =>
  vi.waitFor(async () => {
    await limiter.peek('k')
    expect(limiter.snapshot().storeDown).toBe(false)
  }, { timeout: 15_000, interval: 50 })

/** What holds for every store: each fault strikes, the rule decides, the caller never waits long, and the store takes over again. */
function suffers(make: (proxy: TcpProxy) => Store, port: number): void {
  it.each([
    ['stalls', { stall: true }, { stall: false }],
    ['cuts every connection', { cut: true }, { cut: false }],
    ['answers too late', { latencyMs: 2000 }, { latencyMs: 0 }],
    ['is too narrow', { bytesPerMs: 0.02 }, { bytesPerMs: Infinity }],
  ] as const)('that %s grants the share of one process, and then goes on', async (_name, weather, fair) => {
    const proxy = await proxyTo(port)
    const { limiter, events } = open(make(proxy), 'local')
    await limiter.reset('k')
    await recovered(limiter)
    expect(await storm(limiter, 10)).toSatisfy((decisions: Decision[]) => decisions.every(({ allowed, limit }) => allowed && limit === 1000))
    proxy.set(weather)
    const startedMs = performance.now()
    const during = await storm(limiter, 300)
    expect(performance.now() - startedMs).toBeLessThan(10_000)
    expect(during.filter(({ allowed }) => allowed)).toHaveLength(100)
    expect(during.at(-1)).toMatchObject({ allowed: false, reason: 'limit', limit: 100 })
    expect(events).toContain('store-down')
    proxy.set(fair)
    // A connection may still hold what it was sent before, so the first answers may be late as well.
    await vi.waitFor(async () => expect(await limiter.take('k')).toMatchObject({ allowed: true, limit: 1000 }), { timeout: 15_000, interval: 50 })
    expect(events).toContain('store-up')
    await limiter.close()
    await proxy[Symbol.asyncDispose]()
  })

  it('that stalls is refused or allowed if that is the rule, within the time-out', async () => {
    const proxy = await proxyTo(port)
    const store = make(proxy)
    const strict = open(store, 'refuse')
    const lenient = open(store, 'allow')
    await recovered(strict.limiter)
    proxy.set({ stall: true })
    expect(await Promise.all([strict.limiter.take('k'), lenient.limiter.take('k')])).toMatchObject([
      { allowed: false, reason: 'store' },
      { allowed: true, reason: 'store' },
    ])
    proxy.set({ stall: false })
    await Promise.all([strict.limiter.close(), lenient.limiter.close()])
    await proxy[Symbol.asyncDispose]()
  })

  it('whose bytes are damaged never makes a take reject', async () => {
    const proxy = await proxyTo(port, { corrupt: 0.2, reset: 0.05 })
    const { limiter } = open(make(proxy), 'refuse')
    for (const { reason } of await storm(limiter, 100)) expect(['ok', 'limit', 'store', 'blocked']).toContain(reason)
    await limiter.close()
    await proxy[Symbol.asyncDispose]()
  })
}

describeWith('redis', 'Redis', (url) => {
  const prefix = unique('ratelimit-faults')
  const direct = ioRedis(url)
  const clients = [direct]
  afterAll(async () => {
    await forget(direct, prefix)
    for (const client of clients) client.disconnect()
  })
  suffers((proxy) => {
    const client = ioRedis(through(url, proxy))
    clients.push(client)
    return redisStore({ client, prefix })
  }, Number(new URL(url).port))

  it('that has lost its scripts is given them again, in the same request', async () => {
    const { limiter, events } = open(redisStore({ client: direct, prefix: `${prefix}-scripts` }), 'refuse')
    await storm(limiter, 5)
    await direct.script('FLUSH')
    expect((await limiter.take('k')).remaining).toBe(994)
    expect(events).toEqual([])
  })

  it('writes nothing for a refusal, and keeps a key no longer than its bucket needs to fill', async () => {
    const limiter = createLimiter(perHour(2), { store: redisStore({ client: direct, prefix: `${prefix}-writes` }), recallMs: 0, timeoutMs: 5000 })
    await limiter.take('k', 2)
    const key = `{${prefix}-writes:k}`
    const before = await direct.get(key)
    await limiter.take('k')
    await limiter.take('k', 3)
    expect(await direct.get(key)).toBe(before)
    const ttl = await direct.pttl(key)
    expect([ttl > 3_590_000, ttl <= 3_600_000]).toEqual([true, true])
    await limiter.give('k', 2)
    expect(await direct.exists(key)).toBe(0)
  })
})

describeWith('postgres', 'PostgreSQL', (url) => {
  const table = unique('ratelimit_faults')
  const direct = connections(url, 1)
  const pools = [direct]
  afterAll(async () => {
    await dropTable(direct, table)
    await Promise.all(pools.map((pool) => pool.end()))
  })
  suffers((proxy) => {
    const pool = connections(through(url, proxy), 2)
    pools.push(pool)
    return postgresStore({ client: pool, table })
  }, Number(new URL(url).port))
})
