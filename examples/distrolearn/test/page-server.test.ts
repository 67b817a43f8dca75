import { request } from 'node:http'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Board } from '../src/board/board.ts'
import type { FedEvent } from '../src/board/fed-event.ts'
import type { DemoEvent } from '../src/telemetry/events.ts'
import type { Control } from '../src/world/control.ts'
import { createEventFeed, type EventFeed } from '../src/world/event-feed.ts'
import { eventStream } from '../src/world/event-stream.ts'
import { type PageServer, readControl, startPageServer, strangerReason } from '../src/world/page-server.ts'

const told = (text: string): DemoEvent => ({ type: 'narration', text, region: 'world', atMs: 0 })

interface Message {
  readonly event: string
  readonly id: number | undefined
  readonly data: { readonly board?: Board; readonly events?: readonly FedEvent[]; readonly after?: number; readonly through?: number; readonly feed?: string }
}

const parse = (text: string): Message => {
  const field = (name: string): string | undefined => text.split('\n').find((line) => line.startsWith(`${name}: `))?.slice(name.length + 2)
  const id = field('id')
  return { event: field('event') ?? 'comment', id: id === undefined ? undefined : Number(id), data: JSON.parse(field('data') ?? '{}') as Message['data'] }
}

/** The same feed, and how many listen to it. */
const counted = (feed: EventFeed): { readonly feed: EventFeed; readonly listening: () => number } => {
  let listening = 0
  const subscribe: EventFeed['subscribe'] = (listener) => {
    const subscription = feed.subscribe(listener)
    listening += 1
    return {
      [Symbol.dispose]: () => {
        listening -= 1
        subscription[Symbol.dispose]()
      },
    }
  }
  return { feed: Object.assign(Object.create(feed) as EventFeed, { subscribe }), listening: () => listening }
}

describe('the stream to one reader', () => {
  let feed: EventFeed
  let leave: AbortController
  beforeEach(() => {
    vi.useFakeTimers()
    feed = createEventFeed({ capacity: 5_000, clock: { monotonic: () => performance.now() } })
    leave = new AbortController()
  })
  afterEach(() => {
    leave.abort()
    vi.useRealTimers()
  })

  const open = (lastSequence?: number): (() => Promise<Message | undefined>) => {
    const reader = eventStream({ feed, signal: leave.signal, ...(lastSequence === undefined ? {} : { lastSequence }) }).getReader()
    const decoder = new TextDecoder()
    return async () => {
      const { value } = await reader.read()
      return value === undefined ? undefined : parse(decoder.decode(value))
    }
  }

  it('greets, gives a snapshot, and then every event in order', async () => {
    feed.push(told('before'))
    const next = open()
    expect((await next())?.event).toBe('hello')
    const snapshot = await next()
    expect([snapshot?.event, snapshot?.id, snapshot?.data.board?.journal.lines[0]?.text]).toEqual(['snapshot', 1, 'before'])
    const batch = next()
    feed.push(told('b'))
    feed.push(told('c'))
    await vi.advanceTimersByTimeAsync(200)
    const { event, id, data } = (await batch) ?? {}
    expect([event, id, data?.after, data?.through, data?.events?.map(({ sequence }) => sequence)]).toEqual(['batch', 3, 1, 3, [2, 3]])
  })

  it('goes on after the last number that a reader who comes back has seen', async () => {
    for (const text of ['a', 'b', 'c', 'd']) feed.push(told(text))
    const next = open(2)
    await next()
    expect((await next())?.data.events?.map(({ sequence }) => sequence)).toEqual([3, 4])
  })

  it.each([
    ['the ring has forgotten', 6_000, 3],
    ['is too much for one batch', 2_500, 0],
    ['belongs to another, longer life', 3, 900],
  ])('begins with a snapshot when what was missed %s', async (_, pushed, lastSequence) => {
    for (let count = 0; count < pushed; count++) feed.push(told('x'))
    const next = open(lastSequence)
    await next()
    const message = await next()
    expect([message?.event, message?.id]).toEqual(['snapshot', pushed])
  })

  it('sends at most thirty batches a second, however much happens', async () => {
    const next = open()
    await next()
    await next()
    let batches = 0
    let events = 0
    const reading = (async () => {
      for (let message = await next(); message?.event === 'batch'; message = await next()) {
        batches += 1
        events += message.data.events?.length ?? 0
      }
    })()
    for (let count = 0; count < 1000; count++) {
      feed.push(told('x'))
      await vi.advanceTimersByTimeAsync(1)
    }
    expect(batches).toBeLessThanOrEqual(30)
    expect(batches).toBeGreaterThan(20)
    await vi.advanceTimersByTimeAsync(100)
    expect(events).toBe(1000)
    leave.abort()
    await reading
  })

  it('keeps nothing for a reader that does not read: it gets a snapshot when it does', async () => {
    const next = open()
    await next()
    await next()
    // One message may be ready ahead of the reader; everything after it is the ring's business.
    feed.push(told('ahead'))
    await vi.advanceTimersByTimeAsync(200)
    for (let count = 0; count < 4_000; count++) {
      feed.push(told('x'))
      if (count % 100 === 0) await vi.advanceTimersByTimeAsync(50)
    }
    const ahead = await next()
    expect([ahead?.event, ahead?.data.events?.length]).toEqual(['batch', 1])
    await vi.advanceTimersByTimeAsync(200)
    const caughtUp = await next()
    expect([caughtUp?.event, caughtUp?.id]).toEqual(['snapshot', 4_001])
  })

  it('leaves out admissions, without a hole in the numbers', async () => {
    const next = open()
    await next()
    await next()
    const batch = next()
    feed.push({ type: 'admitted', quota: 'payments', atMs: 0, limit: 1, perMs: 1, burst: 1, region: 'dublin' })
    feed.push(told('after'))
    await vi.advanceTimersByTimeAsync(200)
    const { data } = (await batch) ?? {}
    expect([data?.after, data?.through, data?.events?.length]).toEqual([0, 2, 1])
  })

  it('shows life when nothing happens, and ends when the server closes', async () => {
    const next = open()
    await next()
    await next()
    const beat = next()
    await vi.advanceTimersByTimeAsync(10_100)
    expect((await beat)?.event).toBe('comment')
    const last = next()
    leave.abort()
    expect(await last).toBeUndefined()
  })

  it('listens to the feed no longer once its reader has gone', async () => {
    const { feed: watched, listening } = counted(feed)
    const reader = eventStream({ feed: watched, signal: leave.signal }).getReader()
    await reader.read()
    await reader.read()
    void reader.read()
    await vi.advanceTimersByTimeAsync(100)
    expect(listening()).toBe(1)
    await reader.cancel()
    await vi.advanceTimersByTimeAsync(100)
    expect(listening()).toBe(0)
  })
})

describe('a control message', () => {
  it('is read when it is a switch of the page', () => {
    expect(readControl('{"action":"payment-down","on":true}')).toEqual({ action: 'payment-down', on: true })
    expect(readControl('{"action":"cut","a":"dublin","b":"virginia","on":false}')).toEqual({ action: 'cut', a: 'dublin', b: 'virginia', on: false })
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
    server = await startPageServer({ feed, control: (message) => Promise.resolve((heard.push(message), answer)), port: 0, host: '127.0.0.1', about: { seed: 's', speed: '5' } })
  })
  afterEach(() => server.close())

  /** fetch sets Host by itself; a liar does not. */
  const post = (body: string, headers: Record<string, string> = {}): Promise<{ status: number | undefined; error: string | undefined }> =>
    new Promise((resolve, reject) => {
      const asked = request(new URL('/control', server.url), { method: 'POST', headers: { 'content-type': 'application/json', ...headers } }, (response) => {
        let text = ''
        response.on('data', (chunk) => (text += String(chunk)))
        response.on('end', () => resolve({ status: response.statusCode, error: (JSON.parse(text) as { error?: string }).error }))
      })
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
    expect((await read({})).map(({ event, id }) => [event, id])).toEqual([['hello', undefined], ['snapshot', 3]])
    expect((await read({ 'last-event-id': '1' })).map(({ event, id }) => [event, id])).toEqual([['hello', undefined], ['batch', 3]])
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
    const again = await startPageServer({ feed, control: () => Promise.resolve({ ok: true }), port: Number(new URL(server.url).port), host: '127.0.0.1' })
    expect(again.url).toBe(server.url)
    server = again
  })

  it('says so when its port is taken', async () => {
    await expect(startPageServer({ feed, control: () => Promise.resolve({ ok: true }), port: Number(new URL(server.url).port), host: '127.0.0.1' })).rejects.toMatchObject({ code: 'EADDRINUSE' })
  })
})
