import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'

import { createRandom, faults, LinkError, manualClock } from '../src/index.ts'
import type { FaultsOptions } from '../src/index.ts'

const text = async (answer: Promise<Response>): Promise<string> => (await answer).text()
const cause = async (call: Promise<unknown>): Promise<LinkError> => {
  const error = await call.then(() => expect.unreachable('the call went through'), (reason: unknown) => reason)
  expect(error).toBeInstanceOf(TypeError)
  expect((error as Error).message).toBe('fetch failed')
  expect((error as Error).cause).toBeInstanceOf(LinkError)
  return (error as Error).cause as LinkError
}

/** A link on a manual clock whose inner fetch answers at once and notes when it was reached. */
function rig(options: FaultsOptions = {}) {
  const clock = manualClock()
  const reached: { at: number; url: string; body: string }[] = []
  const link = faults({ clock, random: createRandom('rig'), ...options })
  const call = link.fetch(async (input, init) => {
    const body = init?.body === undefined ? '' : await new Response(init.body).text()
    reached.push({ at: clock.monotonic(), url: input instanceof Request ? input.url : String(input), body })
    return new Response(`answer to ${body}`)
  })
  return { clock, link, call, reached }
}

describe('faults', () => {
  test('in fair weather the inner fetch gets exactly what the caller gave, and no timer is set', async () => {
    const { clock, link, call, reached } = rig()
    expect(await text(call('http://a.test/', { method: 'POST', body: 'x' }))).toBe('answer to x')
    expect([reached.length, clock.pending, link.inFlight]).toEqual([1, 0, 0])
  })

  test('latency is paid in each direction', async () => {
    const { clock, call, reached } = rig({ latencyMs: 40 })
    let at = -1
    void call('http://a.test/').then(() => (at = clock.monotonic()))
    await clock.advanceAsync(200)
    expect([reached[0]?.at, at]).toEqual([40, 80])
  })

  test('latency has a heavy tail: half are quick, one in a hundred is nine times the jitter', async () => {
    const { clock, link } = rig({ latencyMs: 10, jitterMs: 100 })
    const delays: number[] = []
    for (let call = 0; call < 1000; call++) void link.carry({ deliver: () => void delays.push(clock.monotonic()) })
    await clock.advanceAsync(20_000)
    delays.sort((one, other) => one - other)
    expect(delays[0]).toBeGreaterThanOrEqual(10)
    expect(delays[500]).toBeGreaterThan(10 + 35)
    expect(delays[500]).toBeLessThan(10 + 48)
    expect(delays[990]).toBeGreaterThan(10 + 600)
    expect(delays[999]).toBeLessThanOrEqual(10 + 9900)
  })

  test('a cut refuses at once, without reaching the other side', async () => {
    const { clock, link, call, reached } = rig({ cut: true, latencyMs: 50 })
    const error = await cause(call('http://a.test/'))
    expect([error.code, error.fault, reached.length, clock.monotonic(), link.counts.cut]).toEqual(['ECONNREFUSED', 'cut', 0, 0, 1])
  })

  test('a cut loses what is under way, in either direction', async () => {
    for (const [at, reachedBefore] of [[20, 0], [60, 1]] as const) {
      const { clock, link, call, reached } = rig({ latencyMs: 40 })
      const failed = cause(call('http://a.test/'))
      await clock.advanceAsync(at)
      link.set({ cut: true })
      await clock.advanceAsync(100)
      expect([(await failed).code, reached.length]).toEqual(['ECONNRESET', reachedBefore])
    }
  })

  test('loss takes the request or the answer: half of the lost calls have happened all the same', async () => {
    const { link, call, reached } = rig({ loss: 1 })
    const errors = await Promise.all(Array.from({ length: 400 }, () => cause(call('http://a.test/'))))
    expect(new Set(errors.map((error) => `${error.code} ${error.fault}`))).toEqual(new Set(['ECONNRESET loss']))
    expect(Math.abs(reached.length - 200)).toBeLessThan(50)
    expect(link.counts.lost).toBe(400)
  })

  test('silence keeps a lost call waiting until its own signal aborts, and leaves nothing behind', async () => {
    const { clock, link, call } = rig({ loss: 1, whenLost: 'silence' })
    const stop = new AbortController()
    const waiting = call('http://a.test/', { signal: stop.signal }).catch((reason: unknown) => reason)
    await clock.advanceAsync(59_000)
    expect([link.inFlight, clock.pending]).toEqual([1, 1])
    stop.abort(new Error('my time-out'))
    expect(await waiting).toEqual(new Error('my time-out'))
    expect([link.inFlight, clock.pending]).toEqual([0, 0])
  })

  test('silence without a signal ends after silenceMs', async () => {
    const { clock, call } = rig({ loss: 1, whenLost: 'silence', silenceMs: 500 })
    const failed = cause(call('http://a.test/'))
    await clock.advanceAsync(500)
    expect((await failed).code).toBe('ETIMEDOUT')
  })

  test('a duplicated request is delivered twice with the same body, also when the body is a stream', async () => {
    const bodies = ['plain', new TextEncoder().encode('bytes'), new Blob(['blob']).stream()]
    for (const body of bodies) {
      const { clock, link, call, reached } = rig({ duplicate: 1, jitterMs: 5 })
      const answer = text(call('http://a.test/', { method: 'POST', body, duplex: 'half' } as RequestInit))
      await clock.advanceAsync(5000)
      expect(await answer).toBe(`answer to ${reached[0]?.body}`)
      expect(reached).toHaveLength(2)
      expect(reached[1]?.body).toBe(reached[0]?.body)
      expect(link.inFlight).toBe(0)
    }
  })

  test('a Request object keeps its method, headers and body when it is sent twice', async () => {
    const seen: string[] = []
    const call = faults({ duplicate: 1 }).fetch(async (input, init) => {
      const request = new Request(input as string, init)
      seen.push(`${request.method} ${request.url} ${request.headers.get('x-key')} ${request.headers.get('content-type')} ${await request.text()}`)
      return new Response()
    })
    await call(new Request('http://a.test/pay', { method: 'PUT', headers: { 'x-key': 'k', 'content-type': 'text/x' }, body: 'five' }))
    await new Promise((resolve) => setImmediate(resolve))
    expect(seen).toEqual(['PUT http://a.test/pay k text/x five', 'PUT http://a.test/pay k text/x five'])
  })

  test('the first answer of a duplicated request wins, also when the other delivery fails', async () => {
    let deliveries = 0
    const link = faults({ duplicate: 1 })
    const answer = await link.carry({
      deliver: async () => {
        if (++deliveries === 1) throw new Error('the first copy hit a restart')
        return 'second'
      },
    })
    expect(answer).toBe('second')
  })

  test('a held-back call is overtaken by the next one', async () => {
    const { clock, link, call, reached } = rig({ reorder: 1, reorderMs: 1000 })
    void call('http://first.test/')
    await clock.advanceAsync(1)
    link.set({ reorder: 0 })
    void call('http://second.test/')
    await clock.advanceAsync(1)
    expect(reached.map(({ url, at }) => [url, at])).toEqual([['http://second.test/', 1], ['http://first.test/', 1]])
  })

  test('a held-back call that nobody overtakes goes on after reorderMs', async () => {
    const { clock, call, reached } = rig({ reorder: 1, reorderMs: 70 })
    void call('http://a.test/')
    await clock.advanceAsync(100)
    expect(reached[0]?.at).toBe(70)
  })

  test('corruption flips exactly one byte of one body, and never changes a length', async () => {
    const { link, call } = rig({ corrupt: 1 })
    for (let count = 0; count < 50; count++) {
      const answer = new Uint8Array(await (await call('http://a.test/', { method: 'POST', body: '12345' })).arrayBuffer())
      const expected = new TextEncoder().encode('answer to 12345')
      // A flipped request byte may become an invalid UTF-8 sequence, which the rig's text() widens; only then may the length differ.
      if (answer.length === expected.length) expect([...answer].filter((byte, at) => byte !== expected[at])).toHaveLength(1)
    }
    expect(link.counts.corrupted).toBe(50)
  })

  test('a seeded link gives every call the fate that a slow reading of the rules gives it', async () => {
    const weather = fc.record({
      latencyMs: fc.integer({ min: 0, max: 100 }),
      jitterMs: fc.integer({ min: 0, max: 100 }),
      loss: fc.constantFrom(0, 0.5, 1),
      duplicate: fc.constantFrom(0, 0.5, 1),
      cut: fc.constantFrom(false, false, true),
    })
    await fc.assert(fc.asyncProperty(fc.integer(), weather, async (seed, options) => {
      const clock = manualClock()
      const link = faults({ ...options, clock, random: createRandom(seed) })
      const deliveries: number[] = []
      let outcome = ''
      void link.carry({ deliver: () => void deliveries.push(clock.monotonic()) }).then(
        () => (outcome = `answered at ${clock.monotonic()}`),
        (error: LinkError) => (outcome = `${error.fault} at ${clock.monotonic()}`),
      )
      await clock.advanceAsync(100_000)
      expect({ outcome, deliveries }).toEqual(slowly(options, createRandom(seed)))
      expect([link.inFlight, clock.pending]).toEqual([0, 0])
    }))
  })

  test('turning one fault on shifts no other draw of a seeded run', async () => {
    const lossesWith = async (options: FaultsOptions): Promise<string> => {
      const link = faults({ loss: 0.3, random: createRandom(9), ...options })
      const fates = Array.from({ length: 60 }, () => link.carry({ deliver: () => '.' }).catch(() => 'x'))
      return (await Promise.all(fates)).join('')
    }
    expect(await lossesWith({ duplicate: 0.7, corrupt: 0.2 })).toBe(await lossesWith({}))
  })

  test('no more calls are inside than maxInFlight, duplicates included', async () => {
    const { clock, link, call } = rig({ latencyMs: 10, maxInFlight: 2 })
    const [first, second] = [call('http://a.test/'), call('http://a.test/')]
    expect((await cause(call('http://a.test/'))).code).toBe('EMFILE')
    await clock.advanceAsync(20)
    await Promise.all([first, second])
    expect(link.inFlight).toBe(0)
    expect(await text(Promise.all([call('http://a.test/'), clock.advanceAsync(20)]).then(([answer]) => answer))).toBe('answer to ')
  })

  test('an aborted call ends at every wait with its own reason', async () => {
    const waits: readonly FaultsOptions[] = [{ latencyMs: 50 }, { reorder: 1 }, { loss: 1, whenLost: 'silence' }]
    for (const options of waits) {
      const { clock, link, call } = rig(options)
      const stop = new AbortController()
      const aborted = call('http://a.test/', { signal: stop.signal }).catch((reason: unknown) => reason)
      await clock.advanceAsync(1)
      stop.abort('enough')
      expect(await aborted).toBe('enough')
      expect([clock.pending, link.inFlight]).toEqual([0, 0])
    }
    const { call, reached } = rig()
    await expect(call('http://a.test/', { signal: AbortSignal.abort('before') })).rejects.toBe('before')
    expect(reached).toHaveLength(0)
  })

  test('a call whose answer never comes is let go by its signal, and the late answer is discarded', async () => {
    const stop = new AbortController()
    const answer = Promise.withResolvers<string>()
    const discarded: string[] = []
    const link = faults()
    const call = link.carry({ deliver: () => answer.promise, discard: (late) => discarded.push(late), signal: stop.signal })
    await Promise.resolve()
    stop.abort('gone')
    await expect(call).rejects.toBe('gone')
    answer.resolve('late')
    await answer.promise
    await Promise.resolve()
    expect([discarded, link.inFlight]).toEqual([['late'], 0])
  })

  test('disposing fails what waits and refuses what comes', async () => {
    const { clock, link, call } = rig({ latencyMs: 100, duplicate: 1, jitterMs: 50 })
    const waiting = cause(call('http://a.test/'))
    link[Symbol.dispose]()
    expect([(await waiting).fault, clock.pending]).toEqual(['closed', 0])
    expect((await cause(call('http://a.test/'))).fault).toBe('closed')
  })

  test('set changes only what it names; a wrong field changes nothing; clear is fair weather', () => {
    const events: string[] = []
    const link = faults({ loss: 0.1 })
    link.onEvent((event) => events.push(event.type))
    link.onEvent(() => {
      throw new Error('a listener that throws')
    })
    link.set({ latencyMs: 5 })
    expect([link.current.loss, link.current.latencyMs]).toEqual([0.1, 5])
    expect(() => link.set({ latencyMs: 7, loss: 5 })).toThrow(/loss to be a share from 0 to 1, got 5/)
    expect(() => link.set({ latency: 5 } as object)).toThrow(/known fields only, got 'latency'/)
    expect(link.current.latencyMs).toBe(5)
    link.clear()
    expect(link.current).toEqual(faults().current)
    expect(events).toEqual(['changed', 'changed'])
  })

  test('wrong options are refused at the door', () => {
    expect(() => faults({ latencyMs: -1 })).toThrow(RangeError)
    expect(() => faults({ cut: 1 as never })).toThrow(/cut to be true or false, got 1/)
    expect(() => faults({ whenLost: 'maybe' as never })).toThrow(/'error' or 'silence', got 'maybe'/)
    expect(() => faults({ maxInFlight: 0 })).toThrow(RangeError)
    expect(() => faults({ random: 4 as never })).toThrow(TypeError)
    // @ts-expect-error an unknown field must not compile either
    expect(() => faults({ latency: 5 })).toThrow(TypeError)
  })
})

/** The rules read aloud, for one call. */
function slowly(weather: { latencyMs: number; jitterMs: number; loss: number; duplicate: number; cut: boolean }, random: () => number) {
  const drawn = Array.from({ length: 10 }, random) as [number, number, number, number, number, number, number, number, number, number]
  const delay = (unit: number, floor = weather.latencyMs): number => floor + weather.jitterMs * Math.min(99, 1 / Math.sqrt(1 - unit) - 1)
  if (weather.cut) return { outcome: 'cut at 0', deliveries: [] }
  const there = delay(drawn[0])
  const lost = drawn[2] < weather.loss
  if (lost && drawn[3] < 0.5) return { outcome: `loss at ${there}`, deliveries: [] }
  const deliveries = drawn[4] < weather.duplicate ? [there, there + delay(drawn[5], 0)] : [there]
  return { outcome: `${lost ? 'loss' : 'answered'} at ${there + delay(drawn[1])}`, deliveries }
}
