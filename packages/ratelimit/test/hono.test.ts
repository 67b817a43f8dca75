import { Hono } from 'hono'
import { describe, expect, it } from 'vitest'
import { rateLimit } from '../src/adapters/hono.ts'
import { rateLimitHeaders } from '../src/adapters/http.ts'
import { manualClock } from '../src/adapters/testing.ts'
import { createLimiter, limit, perHour, perMinute, perSecond } from '../src/index.ts'

function service(options: { legacy?: boolean } = {}) {
  const clock = manualClock()
  const limiter = createLimiter([perSecond(2), perHour(100)], { clock })
  const app = new Hono()
  app.use(rateLimit({ limiter, key: (c) => c.req.header('x-user') ?? 'nobody', cost: (c) => Number(c.req.header('x-cost') ?? 1), ...options }))
  app.get('/', (c) => c.text('served'))
  app.get('/raw', () => new Response('raw', { headers: { 'x-own': 'kept' } }))
  app.get('/broken', () => {
    throw new Error('broken')
  })
  app.onError((_error, c) => c.text('sorry', 500))
  return { app, clock, limiter }
}

describe('the Hono middleware', () => {
  it('tells an admitted client where it stands', async () => {
    const { app } = service()
    const response = await app.request('/', { headers: { 'x-user': 'ada' } })
    expect(response.status).toBe(200)
    expect(await response.text()).toBe('served')
    expect(response.headers.get('RateLimit')).toBe('"2-per-second";r=1;t=1')
    expect(response.headers.get('RateLimit-Policy')).toBe('"2-per-second";q=2;w=1, "100-per-hour";q=100;w=3600')
    expect(response.headers.has('Retry-After')).toBe(false)
  })

  it('answers 429 with problem details and an honest Retry-After, and serves again after it', async () => {
    const { app, clock } = service()
    const ask = () => app.request('/', { headers: { 'x-user': 'ada' } })
    await ask()
    await ask()
    const refused = await ask()
    expect(refused.status).toBe(429)
    expect(refused.headers.get('content-type')).toBe('application/problem+json')
    expect(await refused.json()).toMatchObject({ status: 429, reason: 'limit', 'violated-policies': ['2-per-second'], retryAfterMs: 500 })
    const retryAfter = Number(refused.headers.get('Retry-After'))
    expect(retryAfter).toBe(1)
    clock.advance(retryAfter * 1000)
    expect((await ask()).status).toBe(200)
  })

  it('keeps clients apart, and charges what a request costs', async () => {
    const { app } = service()
    await app.request('/', { headers: { 'x-user': 'ada', 'x-cost': '2' } })
    expect((await app.request('/', { headers: { 'x-user': 'ada' } })).status).toBe(429)
    expect((await app.request('/', { headers: { 'x-user': 'bob' } })).status).toBe(200)
  })

  it('adds its headers to raw responses and to errors as well', async () => {
    const { app } = service()
    const raw = await app.request('/raw', { headers: { 'x-user': 'ada' } })
    expect([raw.headers.get('x-own'), raw.headers.get('RateLimit')]).toEqual(['kept', '"2-per-second";r=1;t=1'])
    const broken = await app.request('/broken', { headers: { 'x-user': 'bob' } })
    expect([broken.status, broken.headers.get('RateLimit')]).toEqual([500, '"2-per-second";r=1;t=1'])
  })

  it('gives no Retry-After for a cost that can never fit', async () => {
    const { app } = service()
    const refused = await app.request('/', { headers: { 'x-cost': '3' } })
    expect([refused.status, refused.headers.has('Retry-After')]).toEqual([429, false])
    expect(await refused.json()).toMatchObject({ reason: 'impossible' })
  })

  it('lets you answer refusals yourself', async () => {
    const limiter = createLimiter(perMinute(1), { clock: manualClock() })
    const app = new Hono()
    app.use(rateLimit({ limiter, key: () => 'all', onRefused: (c, { retryAfterMs }) => c.json({ retryAfterMs }, 418) }))
    app.get('/', (c) => c.text('served'))
    await app.request('/')
    const refused = await app.request('/')
    expect([refused.status, await refused.json(), refused.headers.get('Retry-After')]).toEqual([418, { retryAfterMs: 60_000 }, '60'])
  })
})

describe('the headers', () => {
  const decision = createLimiter(perSecond(2), { clock: manualClock() }).take('k')

  it('send the older names on demand', () => {
    expect(rateLimitHeaders(decision, [], { legacy: true })).toEqual({
      RateLimit: '"2-per-second";r=1;t=1',
      'X-RateLimit-Limit': '2',
      'X-RateLimit-Remaining': '1',
      'X-RateLimit-Reset': '1',
    })
  })

  it('state a limit over part of a second over the whole one, and a burst that differs', () => {
    expect(rateLimitHeaders(decision, limit({ limit: 5, perMs: 100, burst: 20 }))['RateLimit-Policy']).toBe('"5-per-100ms";q=50;w=1;burst=20')
  })

  it('quote names that need it', () => {
    expect(rateLimitHeaders(decision, perMinute(5, { name: 'say "please" \\' }))['RateLimit-Policy']).toBe('"say \\"please\\" \\\\";q=5;w=60')
  })
})
