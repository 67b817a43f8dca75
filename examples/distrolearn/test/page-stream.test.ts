import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createEventFeed, type EventFeed } from '../src/world/event-feed.ts'
import { eventStream } from '../src/world/event-stream.ts'
import { counted, type Message, parse, told } from './stream-reader.ts'

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
