import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import fastify from 'fastify'
import { afterEach, describe, expect, it } from 'vitest'
import { rateLimit as fastifyLimit } from '../src/adapters/fastify.ts'
import { pacedFetch, withRateLimit } from '../src/adapters/fetch.ts'
import { clientKey } from '../src/adapters/http.ts'
import { manualClock } from '../src/adapters/testing.ts'
import { createLimiter, perMinute, perSecond } from '../src/index.ts'

describe('client keys', () => {
  it.each([
    ['203.0.113.7', '203.0.113.7'],
    ['::ffff:203.0.113.7', '203.0.113.7'],
    ['::FFFF:cb00:7107', '203.0.113.7'],
    ['0:0:0:0:0:ffff:cb00:7107', '203.0.113.7'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2:0:0:0:0/64'],
    ['2001:0DB8:0001:0002::9', '2001:db8:1:2:0:0:0:0/64'],
    ['fe80::1%eth0', 'fe80:0:0:0:0:0:0:0/64'],
    ['[2001:db8::1]:443', '2001:db8:0:0:0:0:0:0/64'],
    ['::', '0:0:0:0:0:0:0:0/64'],
    ['64:ff9b::192.0.2.33', '64:ff9b:0:0:0:0:0:0/64'],
    ['203.0.113.7:5000', '203.0.113.7'],
    [undefined, 'unknown'],
    ['', 'unknown'],
    ['256.1.1.1', 'unknown'],
    ['1.2.3', 'unknown'],
    ['01.2.3.4', 'unknown'],
    ['2001:db8::1::2', 'unknown'],
    ['1:2:3:4:5:6:7:8:9', 'unknown'],
    ['1:2:3:4:5:6::8', '1:2:3:4:0:0:0:0/64'],
    ['1:2:3:4:5:6:7::8', 'unknown'],
    ['1:2:3:4:5:6:7:8::', 'unknown'],
    ['::ffff:1.2.3.999', 'unknown'],
    ['gggg::1', 'unknown'],
  ])('of %s is %s', (peer, key) => {
    expect(clientKey({ peer })).toBe(key)
  })

  it('take the client from the right end of the header, by the number of proxies that are trusted', () => {
    const forwardedFor = '6.6.6.6, 198.51.100.1, 198.51.100.2'
    const peer = '10.0.0.1'
    expect([0, 1, 2].map((hops) => clientKey({ peer, forwardedFor, hops }))).toEqual(['10.0.0.1', '198.51.100.2', '198.51.100.1'])
    expect(clientKey({ peer, forwardedFor, hops: 4 })).toBe('10.0.0.1')
    expect(clientKey({ peer, forwardedFor: 'nonsense', hops: 1 })).toBe('10.0.0.1')
    expect(clientKey({ peer, forwardedFor: ['1.1.1.1', '2.2.2.2'], hops: 1 })).toBe('2.2.2.2')
    expect(clientKey({ peer, forwardedFor: null, hops: 1 })).toBe('10.0.0.1')
  })

  it('can be coarser or finer, within reason', () => {
    const peer = '2001:db8:1234:5678:9abc::1'
    expect([48, 56, 128].map((ipv6Prefix) => clientKey({ peer, ipv6Prefix }))).toEqual(['2001:db8:1234:0:0:0:0:0/48', '2001:db8:1234:5600:0:0:0:0/56', '2001:db8:1234:5678:9abc:0:0:1/128'])
    expect(() => clientKey({ peer, ipv6Prefix: 16 })).toThrow('32 to 128')
    expect(() => clientKey({ peer, hops: -1 })).toThrow('0 to 16')
  })
})

describe('the middleware', () => {
  const servers: { close(): unknown }[] = []
  afterEach(async () => void (await Promise.all(servers.splice(0).map((server) => server.close()))))
  const gate = () => ({ limiter: createLimiter(perMinute(2), { clock: manualClock() }), key: () => 'all' })
  const visit = async (url: string) => {
    const answers = [await fetch(url), await fetch(url), await fetch(url)]
    const bodies = await Promise.all(answers.map((answer) => answer.text()))
    return { statuses: answers.map(({ status }) => status), headers: answers.map(({ headers }) => headers), bodies }
  }
  const check = async (url: string): Promise<void> => {
    const { statuses, headers, bodies } = await visit(url)
    expect(statuses).toEqual([200, 200, 429])
    expect(headers.map((one) => one.get('RateLimit'))).toEqual(['"2-per-minute";r=1;t=30', '"2-per-minute";r=0;t=60', '"2-per-minute";r=0;t=60'])
    expect(headers.map((one) => one.get('Retry-After'))).toEqual([null, null, '30'])
    expect(headers[2]!.get('content-type')).toContain('application/problem+json')
    expect(JSON.parse(bodies[2]!)).toMatchObject({ status: 429, retryAfterMs: 30_000 })
  }

  it('works in Express, and hands it the errors of a key function', async () => {
    const child = fork(fileURLToPath(new URL('support/express-app.ts', import.meta.url)), { execArgv: ['--conditions=source', '--disable-warning=ExperimentalWarning'] })
    servers.push({ close: () => child.disconnect() })
    const [port] = (await once(child, 'message')) as [number]
    await check(`http://127.0.0.1:${port}/limited`)
    const broken = await fetch(`http://127.0.0.1:${port}/broken`)
    expect([broken.status, await broken.text()]).toEqual([500, expect.stringContaining('key: expected')])
  })

  it('works in Fastify', async () => {
    const app = fastify()
    servers.push(app)
    app.addHook('onRequest', fastifyLimit(gate()))
    app.get('/', () => 'hello')
    await check(await app.listen({ port: 0, host: '127.0.0.1' }))
  })

  it('works around a fetch handler, also one whose response cannot be changed', async () => {
    const handler = withRateLimit((request: Request, name: string) => (request.method === 'GET' ? new Response(`hello ${name}`) : Response.redirect('http://127.0.0.1/')), gate())
    const first = await handler(new Request('http://127.0.0.1/'), 'ada')
    expect([await first.text(), first.headers.get('RateLimit')]).toEqual(['hello ada', '"2-per-minute";r=1;t=30'])
    const moved = await handler(new Request('http://127.0.0.1/', { method: 'POST' }), 'ada')
    expect([moved.status, moved.headers.get('RateLimit')]).toEqual([302, '"2-per-minute";r=0;t=60'])
    expect((await handler(new Request('http://127.0.0.1/'), 'ada')).status).toBe(429)
  })

  it('answers 503 when there is no decision, and leaves the answer to you if you like', async () => {
    const limiter = createLimiter(perMinute(1))
    limiter[Symbol.dispose]()
    const closed = await withRateLimit(() => new Response('hello'), { limiter, key: () => 'all' })(new Request('http://127.0.0.1/'))
    expect(closed.status).toBe(503)
    const own = await withRateLimit(() => new Response('hello'), { limiter, key: () => 'all', onRefused: () => new Response('sorry', { status: 418 }) })(new Request('http://127.0.0.1/'))
    expect(own.status).toBe(418)
  })
})

describe('a fetch that paces itself', () => {
  const hop = async (): Promise<void> => {
    for (let count = 0; count < 30; count += 1) await Promise.resolve()
  }
  const setup = (options = {}) => {
    const clock = manualClock()
    const limiter = createLimiter(perSecond(2), { clock })
    const served: [number, number][] = []
    const serve = withRateLimit(() => new Response('hello'), { limiter, key: () => 'me' })
    const underneath = async (input: string | URL | Request): Promise<Response> => {
      const response = await serve(new Request(input))
      served.push([clock.monotonic(), response.status])
      return response
    }
    return { clock, served, paced: pacedFetch({ fetch: underneath as typeof fetch, clock, ...options }) }
  }

  it('waits for the quota that the server announced instead of running into it', async () => {
    const { clock, served, paced } = setup()
    const answers: number[] = []
    void (async () => {
      for (let count = 0; count < 6; count += 1) answers.push((await paced('http://127.0.0.1/')).status)
    })()
    for (let step = 0; step < 50; step += 1) {
      await hop()
      clock.advance(100)
    }
    expect(answers).toEqual([200, 200, 200, 200, 200, 200])
    expect(served.every(([, status]) => status === 200)).toBe(true)
    expect(served.at(-1)![0]).toBeGreaterThanOrEqual(2000)
  })

  it('obeys Retry-After and sends again', async () => {
    const { clock, paced, served } = setup()
    const refusals = [new Response('no', { status: 429, headers: { 'Retry-After': '3' } }), new Response('yes')]
    const answering = pacedFetch({ fetch: (() => Promise.resolve(refusals.shift())) as unknown as typeof fetch, clock })
    const answer = answering('http://127.0.0.1/')
    await hop()
    clock.advance(2999)
    await hop()
    expect(refusals).toHaveLength(1)
    clock.advance(1)
    expect(await (await answer).text()).toBe('yes')
    expect([served, typeof paced]).toEqual([[], 'function'])
  })

  it('does not wait longer than it may, nor once its signal has fired', async () => {
    const refusal = () => new Response('no', { status: 429, headers: { 'Retry-After': '100' } })
    const clock = manualClock()
    const paced = pacedFetch({ fetch: (() => Promise.resolve(refusal())) as unknown as typeof fetch, clock, maxWaitMs: 50_000 })
    expect((await paced('http://127.0.0.1/')).status).toBe(429)
    const patient = pacedFetch({ fetch: (() => Promise.resolve(refusal())) as unknown as typeof fetch, clock, maxWaitMs: 500_000 })
    const controller = new AbortController()
    const waiting = patient('http://127.0.0.1/', { signal: controller.signal })
    await hop()
    controller.abort(new Error('enough'))
    await expect(waiting).rejects.toThrow('enough')
    expect(clock.pending).toBe(0)
  })
})
