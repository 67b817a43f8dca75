import { afterAll, describe, expect, it } from 'vitest'
import { describeWith } from '../../../tools/services/index.ts'
import { permitBackend, redisPermits } from '../src/adapters/redis.ts'
import { manualClock } from '../src/adapters/testing.ts'
import { createConcurrency, type PermitBackend, type SharedConcurrencyOptions } from '../src/concurrency.ts'
import { definePermitStore } from '../src/shared/concurrency.ts'
import { forget, ioRedis, nodeRedis, unique } from './support/services.ts'

const hop = async (times = 20): Promise<void> => {
  for (let turn = 0; turn < times; turn += 1) await Promise.resolve()
}

/** Permits in a Map, by a clock that moves when told, and with moods. */
function world(options: Partial<SharedConcurrencyOptions> = {}) {
  const clock = manualClock()
  const sets = new Map<string, Map<string, number>>()
  const state = { mood: 'sound' as 'sound' | 'fails' | 'hangs' | 'late' }
  const live = (key: string): Map<string, number> => {
    const set = sets.get(key) ?? new Map<string, number>()
    sets.set(key, set)
    for (const [id, untilMs] of set) if (untilMs <= clock.monotonic()) set.delete(id)
    return set
  }
  const answer = async <T>(run: () => T): Promise<T> => {
    if (state.mood === 'fails') throw new Error('away')
    if (state.mood === 'hangs') return new Promise<never>(() => undefined)
    if (state.mood === 'late') await new Promise<void>((resolve) => clock.after(200, resolve))
    return run()
  }
  const backend: PermitBackend = {
    acquire: (key, id, limit, leaseMs) => answer(() => {
      const set = live(key)
      const granted = set.size < limit
      if (granted) set.set(id, clock.monotonic() + leaseMs)
      return { granted, inFlight: set.size, retryAfterMs: Math.min(...set.values()) - clock.monotonic() }
    }),
    renew: (key, id, leaseMs) => answer(() => live(key).has(id) && live(key).set(id, clock.monotonic() + leaseMs).size > 0),
    release: (key, id) => answer(() => live(key).delete(id)),
    count: (key) => answer(() => live(key).size),
  }
  const open = (more: Partial<SharedConcurrencyOptions> = {}) =>
    createConcurrency({ limit: 2, leaseMs: 1000, clock, random: () => 0.5, store: definePermitStore(backend), ...options, ...more })
  return { clock, state, open, limit: open(), out: (key: string) => live(key).size }
}

describe('concurrency over a store', () => {
  it('counts the permits of all processes, and frees a place by release or by expiry', async () => {
    const { limit, open, clock } = world()
    const other = open({ random: () => 0.25 })
    const first = await limit.acquire('k')
    expect(await other.acquire('k')).toMatchObject({ allowed: true, inFlight: 2, limit: 2 })
    clock.advance(400)
    expect(await limit.acquire('k')).toMatchObject({ allowed: false, reason: 'limit', inFlight: 2, retryAfterMs: 600 })
    await first.release()
    await first.release()
    expect(await limit.inFlight('k')).toBe(1)
    expect((await limit.acquire('k')).allowed).toBe(true)
    clock.advance(600)
    expect(await limit.inFlight('k')).toBe(1)
  })

  it('keeps a permit that is renewed, and tells whoever renews too late', async () => {
    const { limit, clock } = world()
    const permit = await limit.acquire('k')
    clock.advance(900)
    expect(await permit.renew()).toBe(true)
    clock.advance(900)
    expect(await limit.inFlight('k')).toBe(1)
    clock.advance(100)
    expect(await permit.renew()).toBe(false)
    expect(await limit.inFlight('k')).toBe(0)
  })

  it('serves those who wait in order, at once after a release here and by asking after one elsewhere', async () => {
    const { limit, open, clock } = world({ limit: 1 })
    const other = open({ random: () => 0.25 })
    const held = await limit.acquire('k')
    const order: number[] = []
    const waiting = [1, 2].map((number) => limit.wait('k').then((permit) => (order.push(number), permit)))
    await hop()
    expect((await limit.acquire('k')).allowed).toBe(false)
    await held.release()
    const first = await waiting[0]!
    expect(order).toEqual([1])
    await first.release()
    const second = await waiting[1]!
    await second.release()
    const elsewhere = await other.acquire('k')
    const third = limit.wait('k')
    await hop()
    await elsewhere.release()
    for (let step = 0; step < 3; step += 1) {
      clock.advance(50)
      await hop()
    }
    expect((await third).allowed).toBe(true)
    expect(limit.snapshot()).toEqual({ waiting: 0, storeDown: false })
  })

  it('rejects with the reason of the signal, and gives back a permit that came too late for it', async () => {
    const { limit, clock, state, out } = world({ timeoutMs: 500 })
    const controller = new AbortController()
    state.mood = 'late'
    const waiting = limit.wait('k', { signal: controller.signal })
    await hop()
    controller.abort(new Error('left'))
    state.mood = 'sound'
    clock.advance(200)
    await expect(waiting).rejects.toThrow('left')
    await hop()
    expect([out('k'), clock.pending]).toEqual([0, 0])
  })

  it.each([
    ['local', { allowed: true, reason: 'ok', limit: 1 }, { allowed: false, reason: 'limit' }],
    ['allow', { allowed: true, reason: 'store' }, { allowed: true, reason: 'store' }],
    ['refuse', { allowed: false, reason: 'store' }, { allowed: false, reason: 'store' }],
  ] as const)('in an outage follows the rule %s, within the time-out, and asks again later', async (outage, first, second) => {
    const { limit, clock, state } = world({ outage, replicas: 2 })
    state.mood = 'hangs'
    const asking = limit.acquire('k')
    clock.advance(50)
    const permit = await asking
    expect(permit).toMatchObject(first)
    expect(await limit.acquire('k')).toMatchObject(second)
    expect([limit.snapshot().storeDown, await limit.inFlight('k')]).toEqual([true, undefined])
    await permit.release()
    state.mood = 'sound'
    clock.advance(2000)
    expect(await limit.acquire('k')).toMatchObject({ allowed: true, reason: 'ok', limit: 2 })
    expect([limit.snapshot().storeDown, clock.pending]).toEqual([false, 0])
  })

  it('releases a permit whose grant came after the time-out', async () => {
    const { limit, clock, state, out } = world({ outage: 'refuse' })
    state.mood = 'late'
    const asking = limit.acquire('k')
    await hop()
    clock.advance(50)
    expect((await asking).reason).toBe('store')
    state.mood = 'sound'
    clock.advance(150)
    await hop()
    expect(out('k')).toBe(0)
  })

  it('refuses wrong use, and everybody once it is disposed of', async () => {
    const { limit, open } = world({ maxWaiting: 0, limit: 1 })
    expect(() => open({ limit: 0 })).toThrow('limit')
    expect(() => open({ patience: 1 } as object)).toThrow('unknown option')
    expect(() => createConcurrency({ limit: 1, store: {} as never })).toThrow('redisPermits')
    expect(() => redisPermits({ client: {} as never })).toThrow('evalsha')
    await expect(limit.acquire(undefined as never)).rejects.toThrow(TypeError)
    await limit.acquire('k')
    expect(await limit.wait('k')).toMatchObject({ allowed: false, reason: 'queue' })
    await limit[Symbol.asyncDispose]()
    expect(await limit.acquire('k')).toMatchObject({ allowed: false, reason: 'closed' })
  })
})

describeWith('redis', 'permits in Redis', (url) => {
  const prefix = unique('ratelimit-permits')
  const client = ioRedis(url)
  const connecting = nodeRedis(url)
  afterAll(async () => {
    await forget(client, prefix)
    client.disconnect()
    await (await connecting).close()
  })

  it('are never more than the limit among many that come and go, through both clients', async () => {
    const options = { limit: 5, timeoutMs: 20_000, leaseMs: 60_000 }
    const processes = [client, await connecting, client].map((each) => createConcurrency({ ...options, store: redisPermits({ client: each, prefix }) }))
    let inside = 0
    let most = 0
    let admitted = 0
    await Promise.all(Array.from({ length: 300 }, async (_, number) => {
      const permit = await processes[number % 3]!.wait('k')
      if (!permit.allowed) return
      inside += 1
      admitted += 1
      most = Math.max(most, inside)
      await client.ping()
      inside -= 1
      await permit.release()
    }))
    expect(admitted).toBe(300)
    expect(most).toBeLessThanOrEqual(5)
    expect(most).toBeGreaterThan(1)
    expect(await client.exists(`{${prefix}:k}`)).toBe(0)
  })

  it('expire by the server, with the key they lie in', async () => {
    const backend = permitBackend({ client, prefix })
    expect(await backend.acquire('short', 'one', 1, 5)).toEqual({ granted: true, inFlight: 1, retryAfterMs: 5 })
    expect((await backend.acquire('short', 'two', 1, 60_000)).granted).toBe(false)
    while ((await backend.count('short')) > 0) await client.ping()
    expect(await backend.renew('short', 'one', 60_000)).toBe(false)
    expect(await client.exists(`{${prefix}:short}`)).toBe(0)
    expect(await backend.acquire('short', 'two', 1, 60_000)).toMatchObject({ granted: true })
    expect(await backend.release('short', 'two')).toBe(true)
  })
})
