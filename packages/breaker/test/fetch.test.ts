import { describe, expect, it } from 'vitest'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { consecutive, createBreaker } from '@distrokit/breaker'
import { createBalancer } from '@distrokit/breaker/balance'
import { createFetch, httpHealth } from '@distrokit/breaker/fetch'
import type { FetchOptions } from '@distrokit/breaker/fetch'
import { manualClock } from '@distrokit/breaker/testing'
import { repeatable } from '../src/core/http.ts'

/** A `fetch` whose inner one answers from a script, on a clock of its own; the last entry repeats. */
function setUp(script: readonly (Response | Error | number | 'hang')[], options: FetchOptions = {}) {
  const clock = manualClock()
  const sent: { readonly url: string; readonly at: number; readonly init: RequestInit | undefined }[] = []
  const inner = async (input: string | URL | Request, init?: RequestInit): Promise<Response> => {
    const step = script[Math.min(sent.length, script.length - 1)]
    sent.push({ url: input instanceof Request ? input.url : String(input), at: clock.monotonic(), init })
    if (step === 'hang') return new Promise((_, reject) => init?.signal?.addEventListener('abort', () => reject(init.signal?.reason)))
    if (step instanceof Error) throw step
    return typeof step === 'number' ? new Response(`${step}`, { status: step }) : (step as Response)
  }
  const resilient = createFetch({ fetch: inner, clock, random: () => 0.5, ...options })
  const go = async (...args: Parameters<typeof resilient>) => {
    const running = resilient(...args).then((response) => response.status, (error: unknown) => error)
    await clock.advance(100_000)
    return running
  }
  return { clock, sent, go, resilient }
}
const url = 'http://target.test/path'

describe('createFetch', () => {
  it('tries again what the server could not do now, and gives the last response back', async () => {
    expect(await setUp([503, 502, 200]).go(url)).toBe(200)
    const { go, sent } = setUp([503])
    expect(await go(url)).toBe(503)
    expect(sent).toHaveLength(4)
  })

  it('does not try again what the client did wrong', async () => {
    const { go, sent } = setUp([404])
    expect([await go(url), sent.length]).toEqual([404, 1])
  })

  it('does not send twice what must not be: a POST without a key, a stream', async () => {
    const post = setUp([503])
    await post.go(url, { method: 'POST', body: 'x' })
    expect(post.sent).toHaveLength(1)
    const keyed = setUp([503, 200])
    expect(await keyed.go(url, { method: 'POST', body: 'x', headers: { 'idempotency-key': 'k1' } })).toBe(200)
    expect(repeatable('PUT', new Headers(), new ReadableStream())).toBe(false)
    expect(repeatable('PUT', new Headers(), new Uint8Array(2))).toBe(true)
    expect(repeatable('get', new Headers(), null)).toBe(true)
  })

  it('waits as long as Retry-After says', async () => {
    const { go, sent } = setUp([new Response(null, { status: 429, headers: { 'retry-after': '7' } }), 200])
    expect(await go(url)).toBe(200)
    expect(sent[1]?.at).toBe(7000)
  })

  it('cancels the body of a response that it discards', async () => {
    let cancelled = false
    const body = new ReadableStream({ cancel: () => void (cancelled = true) })
    expect(await setUp([new Response(body, { status: 503 }), 200]).go(url)).toBe(200)
    expect(cancelled).toBe(true)
  })

  it('limits each attempt and all of them, and aborts what it gives up', async () => {
    const { go, sent } = setUp(['hang'], { timeoutMs: 5000, attemptTimeoutMs: 2000, retry: { baseMs: 0 } })
    expect(await go(url)).toMatchObject({ code: 'timeout', timeoutMs: 5000 })
    expect(sent).toHaveLength(3)
    expect(sent.every(({ init }) => init?.signal?.aborted)).toBe(true)
  })

  it('has a breaker for each origin, which 5xx opens, and of which 429 says nothing', async () => {
    const made: string[] = []
    const breaker = (origin: string) => (made.push(origin), createBreaker({ name: origin, trip: consecutive(2), judge: httpHealth }))
    const { go, sent } = setUp([429, 500, 429, 500], { retry: { retries: 0 }, breaker })
    for (let i = 0; i < 4; i++) await go(url)
    expect(await go(url)).toMatchObject({ code: 'open', breaker: 'http://target.test' })
    expect(sent).toHaveLength(4)
    await go('http://other.test/')
    expect(made).toEqual(['http://target.test', 'http://other.test'])
  })

  it('sends a slow GET again when told to, and no POST', async () => {
    const { go, sent } = setUp(['hang', 200], { hedge: { afterMs: 50 } })
    expect([await go(url), sent.length]).toEqual([200, 2])
    const post = setUp(['hang', 200], { hedge: { afterMs: 50 }, timeoutMs: 500 })
    expect(await post.go(url, { method: 'POST' })).toMatchObject({ code: 'timeout' })
    expect(post.sent).toHaveLength(1)
  })

  it('chooses among several hosts, and the next attempt avoids one that is down', async () => {
    const balancer = createBalancer({ hosts: ['http://a.test', 'http://b.test'], failures: 1, judge: httpHealth })
    const { go, sent } = setUp([new TypeError('fetch failed'), 200], { balancer, retry: { baseMs: 0 } })
    expect(await go('/path?q=1')).toBe(200)
    expect(new Set(sent.map(({ url }) => url))).toEqual(new Set(['http://a.test/path?q=1', 'http://b.test/path?q=1']))
    expect(await go(new Request(url))).toBeInstanceOf(TypeError)
  })

  it('ends with the signal of its caller, with the reason of its caller', async () => {
    const { resilient, clock } = setUp(['hang'])
    const controller = new AbortController()
    const running = resilient(url, { signal: controller.signal }).catch((error: unknown) => error)
    await clock.advance(10)
    controller.abort('enough')
    expect(await running).toBe('enough')
    expect(clock.pending).toBe(0)
  })

  it('refuses an address that is none, and options that are none', async () => {
    await expect(setUp([200]).resilient('not an address')).rejects.toThrow(TypeError)
    expect(() => createFetch({ timeoutMs: 0 })).toThrow(/timeoutMs must be a number from 1 to/)
    expect(() => createFetch({ retry: { retries: -1 } })).toThrow(/retries must be/)
  })

  it('works against a real server, body and all, and stops reading when the caller does', async () => {
    let requests = 0
    const server = createServer((_, response) => {
      response.statusCode = ++requests === 1 ? 503 : 200
      response.write('begun ')
      if (requests < 3) response.end('done')
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    try {
      const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
      const resilient = createFetch({ retry: { baseMs: 1 } })
      expect(await (await resilient(address)).text()).toBe('begun done')
      const controller = new AbortController()
      const response = await resilient(address, { signal: controller.signal })
      controller.abort(new Error('enough'))
      await expect(response.text()).rejects.toThrow('enough')
    } finally {
      server.closeAllConnections()
      server.close()
    }
  })
})
