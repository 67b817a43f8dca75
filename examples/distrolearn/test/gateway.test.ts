// Promise: what the gateway and the peers' door must refuse, they refuse, with a status and a sentence.

import { createClock, encode } from '@distrokit/hlc'
import { createRandom, manualClock } from '@distrokit/chaos'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { issueToken, readToken } from '../src/gateway/auth.ts'
import { sign, signedHeaders, verify } from '../src/mesh/signing.ts'
import { bounds, gossipMs, learnerQuota, paymentQuota, type RegionConfig } from '../src/ground/config.ts'
import { createRegion, type Region } from '../src/region/region.ts'
import { silent } from '../src/sim/system.ts'
import { storesIn } from '../src/stores/files.ts'

const secret = 'a secret of the tests'
const start = Date.UTC(2026, 0, 5)
const folder = mkdtempSync(`${tmpdir()}/gateway-`)
const clock = manualClock({ start })
const config: RegionConfig = {
  name: 'virginia', life: 1, peerSecret: secret, tokenSecret: secret, gossipMs, paymentQuota, watched: 'ada',
  providers: { payments: 'http://127.0.0.1:9', notifications: 'http://127.0.0.1:9' },
  courses: [{ id: 'BBB-2014B', lengthDays: 100, capacity: 3 }],
  pages: [{ id: '7', course: 'BBB-2014B', kind: 'quiz' }],
}
let region: Region

beforeAll(async () => {
  region = await createRegion(config, {
    clock, random: createRandom('s'), emit: () => undefined, trueTime: clock.now,
    fetch: () => Promise.reject(new TypeError('nobody is there')), stores: storesIn(folder), log: silent,
  })
})
afterAll(async () => {
  await region.close()
  rmSync(folder, { recursive: true, force: true })
})

const tokenOf = (subject: string, role: 'learner' | 'staff' = 'learner'): string => issueToken(secret, { subject, role }, start + 3_600_000)
const ask = async (method: string, path: string, { token = tokenOf('ada'), body, headers = {} }: { token?: string; body?: string; headers?: Record<string, string> } = {}) => {
  const response = await region.fetch(new Request(`http://region${path}`, {
    method,
    headers: { ...(token === '' ? {} : { authorization: `Bearer ${token}` }), 'content-type': 'application/json', ...headers },
    ...(body === undefined ? {} : { body }),
  }))
  const text = await response.text()
  return { status: response.status, headers: response.headers, body: text.startsWith('{') ? (JSON.parse(text) as Record<string, unknown>) : text }
}

describe('a token', () => {
  test('says who and in which role, until it ends', () => {
    fc.assert(
      fc.property(fc.string(), fc.constantFrom('learner' as const, 'staff' as const), (subject, role) => {
        const token = issueToken(secret, { subject, role }, 1_000)
        expect(readToken(secret, token, 999)).toEqual({ subject, role })
        expect(readToken(secret, token, 1_000)).toBeUndefined()
        expect(readToken('another secret', token, 999)).toBeUndefined()
      }),
    )
  })

  test('changed in any character is no token', () => {
    const token = issueToken(secret, { subject: 'ada', role: 'learner' }, 1_000)
    for (let place = 0; place < token.length - 1; place += 1) {
      const other = token[place] === 'A' ? 'B' : 'A'
      expect(readToken(secret, token.slice(0, place) + other + token.slice(place + 1), 0), `character ${place}`).toBeUndefined()
    }
  })
})

describe('a learner at the gateway', () => {
  test.each([
    ['without a token', { token: '' }, 401, 'unauthenticated'],
    ['with a made-up token', { token: 'e30.e30' }, 401, 'unauthenticated'],
    ['acting for somebody else', { body: '{"clicks":1}', path: '/activity/BBB-2014B/eve', headers: { 'idempotency-key': 'k1' } }, 403, 'forbidden'],
    ['with a body that is no JSON', { body: '{', headers: { 'idempotency-key': 'k1' } }, 400, 'malformed'],
    ['with clicks below zero', { body: '{"clicks":-1}', headers: { 'idempotency-key': 'k1' } }, 400, 'malformed'],
    ['without an idempotency key', { body: '{"clicks":1}' }, 400, 'malformed'],
    ['with a body over the bound', { body: `{"clicks":1,"more":"${'x'.repeat(bounds.bodyBytes)}"}`, headers: { 'idempotency-key': 'k1' } }, 413, 'too-large'],
    ['at a route that is not there', { path: '/secrets', body: '{}' }, 404, 'no-such-route'],
  ])('%s is refused', async (_what, { path = '/activity/BBB-2014B/ada', ...how }: { path?: string; token?: string; body?: string; headers?: Record<string, string> }, status, code) => {
    const answer = await ask('POST', path, how)
    expect({ status: answer.status, code: (answer.body as Record<string, unknown>)['code'] }).toEqual({ status, code })
    expect(String((answer.body as Record<string, unknown>)['message']).length).toBeGreaterThan(10)
  })

  test('is counted once for a request that comes twice under one key', async () => {
    for (let time = 0; time < 3; time += 1) expect(await ask('POST', '/activity/BBB-2014B/ada', { body: '{"clicks":4}', headers: { 'idempotency-key': 'once' } })).toMatchObject({ status: 200 })
    expect((await ask('GET', '/activity/BBB-2014B/ada')).body).toEqual({ clicks: 4 })
  })

  test('is told by standard headers where it stands, and refused beyond its quota until the time they name', async () => {
    const token = tokenOf('eager')
    const first = await ask('GET', '/roster/BBB-2014B', { token })
    expect(first.headers.get('ratelimit')).toContain('"learner"')
    let last = first
    for (let sent = 1; sent <= learnerQuota.burst; sent += 1) last = await ask('GET', '/roster/BBB-2014B', { token })
    expect(last.status).toBe(429)
    expect((await ask('GET', '/roster/BBB-2014B', { token: tokenOf('patient') })).status).toBe(200)
    clock.advance(Number(last.headers.get('retry-after')) * 1_000)
    expect((await ask('GET', '/roster/BBB-2014B', { token })).status).toBe(200)
  })

  test('is refused what must be exact while the home region cannot be reached, and served the rest', async () => {
    region.command({ type: 'link', peer: 'dublin', weather: { cut: true } })
    region.command({ type: 'addresses', addresses: { dublin: 'http://127.0.0.1:9' } })
    const refused = ask('PUT', '/progress/BBB-2014B/ada/1', { body: '{"score":50,"day":1}' })
    let settled = false
    void refused.finally(() => (settled = true))
    while (!settled) {
      clock.advance(50)
      await new Promise((resolve) => setImmediate(resolve))
    }
    expect(await refused).toMatchObject({ status: 503, body: { code: 'unavailable' } })
    expect(await ask('PUT', '/preferences/ada', { body: '{"key":"theme","value":"dark"}', headers: { 'idempotency-key': 'p1' } })).toMatchObject({ status: 200 })
    expect((await ask('GET', '/preferences/ada')).body).toEqual({ theme: 'dark' })
  })

  test('with a causality token from too far in the future moves nobody’s clock', async () => {
    const before = region.status().stamp
    const future = encode(createClock({ node: 'eve', clock: { now: () => clock.now() + 60_000 } }).now())
    expect(await ask('GET', '/progress/BBB-2014B/ada', { headers: { 'x-causality': future } })).toMatchObject({ status: 503, body: { code: 'drift' } })
    expect(await ask('GET', '/progress/BBB-2014B/ada', { headers: { 'x-causality': 'not a stamp' } })).toMatchObject({ status: 400, body: { code: 'malformed' } })
    expect(region.status().stamp.ms - before.ms).toBeLessThan(60_000)
  })

  test('may read metrics in Prometheus text, and only counts are in them', async () => {
    const { status, body } = await ask('GET', '/metrics', { token: '' })
    expect(status).toBe(200)
    expect(body).toMatch(/^# TYPE distrolearn_requests_total counter$/m)
    expect(body).not.toContain(secret)
  })
})

describe('a peer at the internal door', () => {
  const message = (body: string, change: { stamp?: string; signature?: string; from?: string } = {}) => {
    const bytes = new TextEncoder().encode(body)
    const from = change.from ?? 'dublin'
    const stamp = change.stamp ?? encode({ ms: clock.now(), count: 0, node: from })
    const signature = change.signature ?? sign(secret, { from, stamp, subject: 'POST /internal/call', body: bytes })
    return region.fetch(new Request('http://region/internal/call', {
      method: 'POST', body: bytes, headers: { [signedHeaders.from]: from, [signedHeaders.stamp]: stamp, [signedHeaders.signature]: signature },
    }))
  }
  const call = JSON.stringify({ service: 'catalog', method: 'own', payload: { course: 'BBB-2014B', id: '7' } })

  test('is answered with a signature over question and answer', async () => {
    const stamp = encode({ ms: clock.now(), count: 7, node: 'dublin' })
    const answer = await message(call, { stamp })
    const body = new Uint8Array(await answer.arrayBuffer())
    const theirs = { from: 'virginia', stamp: answer.headers.get(signedHeaders.stamp) ?? '', body }
    expect(answer.status).toBe(200)
    expect(verify(secret, { ...theirs, subject: `200 ${stamp}` }, answer.headers.get(signedHeaders.signature) ?? '')).toBe(true)
    expect(verify(secret, { ...theirs, subject: '200 another question' }, answer.headers.get(signedHeaders.signature) ?? '')).toBe(false)
  })

  test.each([
    ['with a flipped byte', { signature: sign(secret, { from: 'dublin', stamp: '', subject: '', body: new Uint8Array() }) }, 401],
    ['from nobody we know', { from: 'atlantis' }, 401],
    ['without a signature', { signature: '' }, 401],
    ['with a stamp from a clock that is ahead', { stamp: encode({ ms: start + 10_000_000, count: 0, node: 'dublin' }) }, 409],
  ])('%s is refused', async (_what, change, status) => {
    expect((await message(call, change)).status).toBe(status)
  })

  test('asking for a method that is not there gets a plain no, whatever its name', async () => {
    for (const method of ['constructor', '__proto__', 'toString', 'none']) {
      const answer = await message(JSON.stringify({ service: 'catalog', method, payload: {} }))
      expect(answer.status, method).toBe(422)
    }
    expect((await message(JSON.stringify({ service: '__proto__', method: 'own', payload: {} }))).status).toBe(400)
  })
})
