import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { compare, createClock, encode, MalformedError, type Stamp } from '../src/index.ts'
import { extract, inject, stampFetch, stampHandler } from '../src/adapters/http.ts'
import { steppingClock } from '../src/adapters/testing.ts'
import { createTokens } from '../src/adapters/token.ts'

const sent: Stamp = { ms: 1_700_000_000_000, count: 3, node: 'dublin' }
const text = '018bcfe568000003-dublin'
const clockOf = (node: string, ms = 1_700_000_000_000) => createClock({ node, clock: steppingClock(ms) })

describe('inject and extract', () => {
  test('carry a stamp in the header and in the baggage, and read either', () => {
    const headers = new Headers()
    inject(headers, sent)
    expect([...headers]).toEqual([['baggage', `hlc=${text}`], ['hlc-stamp', text]])
    expect(extract(headers)).toEqual(sent)
    headers.delete('hlc-stamp')
    expect(extract(headers)).toEqual(sent)
    expect(extract(new Headers())).toBeUndefined()
  })

  test('keep what others carry, in order, with its properties, and replace an older stamp', () => {
    const headers = new Headers({ baggage: 'userId=alice;private, hlc=000000000001000a-x;ttl=3 ,isProduction=false' })
    inject(headers, sent)
    expect(headers.get('baggage')).toBe(`hlc=${text},userId=alice;private,isProduction=false`)
  })

  test('read the member by its exact name, with properties and blanks round it', () => {
    for (const [baggage, found] of [[`a=1 , hlc = ${text} ;x=y`, sent], [`xhlc=${text}`, undefined], [`hlcx=${text}`, undefined], ['', undefined], ['hlc', undefined]] as const) {
      expect(extract(new Headers({ baggage }))).toEqual(found)
    }
  })

  test('leave baggage alone that would grow past what the standard promises to carry', () => {
    for (const baggage of [`a=${'x'.repeat(8_180)}`, Array.from({ length: 64 }, (_, index) => `k${index}=1`).join(',')]) {
      const headers = new Headers({ baggage })
      inject(headers, sent)
      expect(headers.get('baggage')).toBe(baggage)
      expect(extract(headers)).toEqual(sent)
    }
  })

  test('give what cannot be read back as a value, whatever a client sends', () => {
    expect(extract(new Headers({ 'hlc-stamp': 'soon' }))).toBeInstanceOf(MalformedError)
    fc.assert(
      fc.property(fc.stringMatching(/^[ -~]{0,60}$/), (value) => {
        for (const name of ['hlc-stamp', 'baggage']) {
          const result = extract(new Headers({ [name]: value }))
          expect(result === undefined || result instanceof MalformedError || encode(result) === value).toBe(true)
        }
      }),
    )
  })
})

describe('stampHandler and stampFetch', () => {
  test('order a chain of requests through three servers whose wall clocks disagree', async () => {
    const clocks = { client: clockOf('client', 1_000_050_000), front: clockOf('front', 1_000_020_000), back: clockOf('back', 1_000_000_000) }
    const log: Stamp[] = []
    const back = stampHandler(clocks.back, () => (log.push(clocks.back.now()), new Response('deep')))
    const callBack = stampFetch(clocks.front, async (input) => back(input as Request))
    const front = stampHandler(clocks.front, async () => {
      log.push(clocks.front.now())
      return new Response(await (await callBack('http://back/')).text())
    })
    log.push(clocks.client.now())
    const response = await stampFetch(clocks.client, async (input) => front(input as Request))('http://front/', { method: 'POST', body: 'x' })
    log.push(clocks.client.now())
    expect(await response.text()).toBe('deep')
    expect(log.map(({ node }) => node)).toEqual(['client', 'front', 'back', 'client'])
    expect([...log].sort(compare)).toEqual(log)
  })

  test('serve a request with a stamp from the far future, with the clock unmoved, or reject it when told to', async () => {
    const headers = { 'hlc-stamp': encode({ ...sent, ms: sent.ms + 3_600_000 }) }
    const clock = clockOf('a')
    const events: string[] = []
    clock.onEvent((event) => events.push(event.type))
    const served = await stampHandler(clock, () => new Response('ok'))(new Request('http://a/', { headers }))
    expect([served.status, clock.leadMs, events]).toEqual([200, 0, ['refused']])
    let ran = false
    const strict = stampHandler(clock, () => ((ran = true), new Response('ok')), { refused: 'reject' })
    const rejected = await strict(new Request('http://a/', { headers }))
    expect([rejected.status, rejected.headers.get('content-type'), ran]).toEqual([400, 'application/problem+json', false])
    expect(await rejected.json()).toMatchObject({ title: 'stamp refused', code: 'drift', detail: expect.stringContaining('3600000 ms ahead') })
    expect(await (await strict(new Request('http://a/', { headers: { 'hlc-stamp': 'zz' } }))).json()).toMatchObject({ code: 'malformed' })
    expect((await strict(new Request('http://a/'))).status).toBe(200)
  })

  test('keep status, headers and body, also of a response whose headers cannot be changed', async () => {
    const handler = stampHandler(clockOf('a'), (_request, extra: string) => Response.redirect(`http://b/${extra}`, 302))
    const response = await handler(new Request('http://a/'), 'x')
    expect([response.status, response.headers.get('location'), extract(response.headers)]).toEqual([302, 'http://b/x', { ms: sent.ms, count: 0, node: 'a' }])
  })

  test('pass on what the handler throws', async () => {
    const handler = stampHandler(clockOf('a'), () => Promise.reject(new Error('boom')))
    await expect(handler(new Request('http://a/'))).rejects.toThrow('boom')
  })

  test('with tokens, take nothing that is not signed', async () => {
    const tokens = createTokens({ keys: [{ id: 'k', secret: new Uint8Array(32) }] })
    const clock = clockOf('a')
    const server = stampHandler(clock, () => new Response('ok'), { tokens, refused: 'reject' })
    expect((await server(new Request('http://a/', { headers: { 'hlc-stamp': text } }))).status).toBe(400)
    const client = clockOf('b', sent.ms + 20_000)
    const response = await stampFetch(client, async (input) => server(input as Request), { tokens })('http://a/')
    expect([response.status, clock.peek().ms]).toEqual([200, sent.ms + 20_000])
    expect(await tokens.verify(response.headers.get('hlc-stamp')!)).toEqual(clock.peek())
  })

  test('refuse options that they do not know', () => {
    for (const bad of [{ refuse: 'reject' }, { refused: 'drop' }]) expect(() => stampHandler(clockOf('a'), () => new Response(), bad as never)).toThrow(TypeError)
  })
})
