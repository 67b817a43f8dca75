import { request } from 'node:http'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Control } from '../src/world/control.ts'
import { createEventFeed, type EventFeed } from '../src/world/event-feed.ts'
import { type PageServer, readControl, startPageServer, strangerReason } from '../src/world/page-server.ts'
import { counted, type Message, parse, told } from './stream-reader.ts'

describe('a control message', () => {
  it('is read when it is a switch of the page', () => {
    expect(readControl('{"action":"payment-down","on":true}')).toEqual({ action: 'payment-down', on: true })
    expect(readControl('{"action":"cut","a":"dublin","b":"virginia","on":false}')).toEqual({
      action: 'cut',
      a: 'dublin',
      b: 'virginia',
      on: false,
    })
  })

  it.each([
    ['{', /must be JSON/],
    ['[]', /no switch that the page knows/],
    ['{"action":"explode"}', /action/],
    ['{"action":"latency","latencyMs":-1}', /latencyMs/],
    ['{"action":"latency","latencyMs":"fast"}', /latencyMs: .*number/],
    ['{"action":"kill","region":"atlantis"}', /region: .*dublin/],
  ])('%s is answered with what is wrong with it', (text, wrong) => {
    expect(readControl(text)).toEqual({ wrong: expect.stringMatching(wrong) })
  })
})

describe('who may work the switches', () => {
  const own = { address: '127.0.0.1', host: '127.0.0.1:4600', origin: undefined }
  it.each([
    ['this machine by number', own, undefined],
    ['this machine by name', { ...own, host: 'localhost:4600', origin: 'http://localhost:4600' }, undefined],
    ['this machine over IPv6', { ...own, address: '::ffff:127.0.0.1' }, undefined],
    ['another machine', { ...own, address: '10.0.0.7' }, /not this machine/],
    ['an unknown one', { ...own, address: undefined }, /not this machine/],
    ['a name that points here', { ...own, host: 'evil.example:4600' }, /Host header must be 127.0.0.1:4600 or localhost:4600/],
    ['our name with another port', { ...own, host: '127.0.0.1:80' }, /Host header/],
    ['nobody in particular', { ...own, host: undefined }, /got none/],
    ['a page from elsewhere', { ...own, origin: 'https://evil.example' }, /comes from https:\/\/evil.example/],
    ['a page that hides its origin', { ...own, origin: 'null' }, /comes from null/],
    ['a page on another port of ours', { ...own, origin: 'http://127.0.0.1:8080' }, /belong to this page/],
    ['our address over https', { ...own, origin: 'https://127.0.0.1:4600' }, /belong to this page/],
  ])('%s', (_, caller, reason) => {
    const answer = strangerReason(caller, 4600)
    if (reason === undefined) expect(answer).toBeUndefined()
    else expect(answer).toMatch(reason)
  })
})

describe('the page server', () => {
  const heard: Control[] = []
  let answer: { ok: true } | { ok: false; error: string }
  let server: PageServer
  let feed: EventFeed
  beforeEach(async () => {
    heard.length = 0
    answer = { ok: true }
    feed = createEventFeed({ capacity: 10, clock: { monotonic: () => performance.now() } })
    server = await startPageServer({
      feed,
      control: (message) => Promise.resolve((heard.push(message), answer)),
      port: 0,
      host: '127.0.0.1',
      about: { seed: 's', speed: '5' },
    })
  })
  afterEach(() => server.close())

  /** fetch sets Host by itself; a liar does not. */
  const post = (body: string, headers: Record<string, string> = {}): Promise<{ status: number | undefined; error: string | undefined }> =>
    new Promise((resolve, reject) => {
      const asked = request(
        new URL('/control', server.url),
        { method: 'POST', headers: { 'content-type': 'application/json', ...headers } },
        (response) => {
          let text = ''
          response.on('data', (chunk) => (text += String(chunk)))
          response.on('end', () => resolve({ status: response.statusCode, error: (JSON.parse(text) as { error?: string }).error }))
        },
      )
      asked.on('error', reject)
      asked.end(body)
    })

  it('serves a page that loads nothing from elsewhere, under headers that say so', async () => {
    const page = await fetch(server.url)
    const html = await page.text()
    expect(html).not.toMatch(/https?:\/\/(?!www\.w3\.org)/)
    expect(html).not.toMatch(/<script(?![^>]*src=)/)
    const policy = page.headers.get('content-security-policy') ?? ''
    expect(policy).toContain("default-src 'none'")
    expect(policy).not.toContain('unsafe')
    expect(page.headers.get('x-content-type-options')).toBe('nosniff')
    expect(page.headers.get('referrer-policy')).toBe('no-referrer')
    for (const path of ['app.js', 'app.css', 'snapshot']) expect((await fetch(new URL(path, server.url))).status, path).toBe(200)
    expect((await fetch(new URL('nowhere', server.url))).status).toBe(404)
  })

  it('hands a valid control message to the world, and the world’s refusal back', async () => {
    expect(await post('{"action":"heal"}')).toEqual({ status: 200, error: undefined })
    answer = { ok: false, error: 'dublin is starting' }
    expect(await post('{"action":"kill","region":"dublin"}')).toEqual({ status: 409, error: 'dublin is starting' })
    expect(heard).toEqual([{ action: 'heal' }, { action: 'kill', region: 'dublin' }])
  })

  it.each([
    ['names another host', '{"action":"heal"}', { host: 'evil.example' }, 403],
    ['comes from another origin', '{"action":"heal"}', { origin: 'http://evil.example' }, 403],
    ['is no switch', '{"action":"explode"}', {}, 400],
    ['is no JSON', 'heal!', {}, 400],
    ['is larger than 4 kB', JSON.stringify({ action: 'heal', more: 'x'.repeat(5000) }), {}, 413],
  ])('lets nothing reach the world that %s', async (_, body, headers, status) => {
    const refused = await post(body, headers)
    expect(refused.status).toBe(status)
    expect(refused.error).toMatch(/\.$/)
    expect(heard).toEqual([])
  })

  it('streams over real HTTP, and resumes by Last-Event-ID', async () => {
    for (const text of ['a', 'b', 'c']) feed.push(told(text))
    const read = async (headers: Record<string, string>): Promise<readonly Message[]> => {
      const leaving = new AbortController()
      const response = await fetch(new URL('events', server.url), { headers, signal: leaving.signal })
      expect(response.headers.get('content-type')).toBe('text/event-stream')
      const messages: Message[] = []
      let text = ''
      for await (const chunk of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
        text += chunk
        const whole = text.split('\n\n')
        text = whole.pop() ?? ''
        messages.push(...whole.map(parse))
        if (messages.length >= 2) break
      }
      leaving.abort()
      return messages
    }
    expect((await read({})).map(({ event, id }) => [event, id])).toEqual([
      ['hello', undefined],
      ['snapshot', 3],
    ])
    expect((await read({ 'last-event-id': '1' })).map(({ event, id }) => [event, id])).toEqual([
      ['hello', undefined],
      ['batch', 3],
    ])
  })

  it('forgets a reader whose connection is gone', async () => {
    const { feed: watched, listening } = counted(feed)
    const own = await startPageServer({ feed: watched, control: () => Promise.resolve({ ok: true }), port: 0, host: '127.0.0.1' })
    const leaving = new AbortController()
    await fetch(new URL('events', own.url), { signal: leaving.signal })
    await vi.waitFor(() => expect(listening()).toBe(1))
    leaving.abort()
    await vi.waitFor(() => expect(listening()).toBe(0))
    await own.close()
  })

  it('closes at once although a reader hangs on, and frees the port', async () => {
    const response = await fetch(new URL('events', server.url))
    await server.close()
    await response.text().catch(() => undefined)
    const again = await startPageServer({
      feed,
      control: () => Promise.resolve({ ok: true }),
      port: Number(new URL(server.url).port),
      host: '127.0.0.1',
    })
    expect(again.url).toBe(server.url)
    server = again
  })

  it('says so when its port is taken', async () => {
    await expect(
      startPageServer({ feed, control: () => Promise.resolve({ ok: true }), port: Number(new URL(server.url).port), host: '127.0.0.1' }),
    ).rejects.toMatchObject({ code: 'EADDRINUSE' })
  })
})
