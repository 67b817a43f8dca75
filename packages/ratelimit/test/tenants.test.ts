import { describe, expect, it } from 'vitest'
import { manualClock } from '../src/adapters/testing.ts'
import { createLimiter, perMinute, perSecond, type Limit } from '../src/index.ts'
import { createFairQueue, createTenantLimiter } from '../src/tenants.ts'

const hop = async (): Promise<void> => {
  for (let count = 0; count < 20; count += 1) await Promise.resolve()
}

describe('limits per tenant', () => {
  const plans: Record<string, Limit> = { free: perMinute(2), pro: perMinute(100) }
  const setup = (options = {}) => {
    const clock = manualClock()
    const planOf = new Map([['acme', 'pro'], ['tiny', 'free']])
    const looked: string[] = []
    const lookup = (tenant: string): Promise<Limit> => {
      looked.push(tenant)
      const plan = planOf.get(tenant)
      return plan === undefined ? Promise.reject(new Error('no such tenant')) : Promise.resolve(plans[plan]!)
    }
    return { clock, planOf, looked, limiter: createTenantLimiter({ lookup, fallback: perMinute(1), clock, ...options }) }
  }

  it('are looked up by the first part of the key, once for callers that come together', async () => {
    const { limiter, looked } = setup()
    const decisions = await Promise.all([limiter.take(['acme', 1]), limiter.take(['acme', 2]), limiter.take('acme'), limiter.take(['tiny', 1])])
    expect(decisions.map(({ limit }) => limit)).toEqual([100, 100, 100, 2])
    expect(looked).toEqual(['acme', 'tiny'])
    expect(limiter.snapshot()).toEqual({ tenants: 2, plans: 3 })
  })

  it('fall back when a tenant cannot be looked up, and stay as they were when one cannot be looked up again', async () => {
    const { limiter, planOf, clock } = setup()
    expect((await limiter.take('stranger')).limit).toBe(1)
    await limiter.take('acme')
    planOf.delete('acme')
    clock.advance(60_001)
    expect((await limiter.take('acme')).limit).toBe(100)
    await hop()
    expect((await limiter.take('acme')).limit).toBe(100)
  })

  it('are refreshed in the background after their time, and at once when told', async () => {
    const { limiter, planOf, clock, looked } = setup()
    await limiter.take('tiny')
    planOf.set('tiny', 'pro')
    clock.advance(60_001)
    await limiter.take('tiny')
    await hop()
    expect((await limiter.take('tiny')).limit).toBe(100)
    planOf.set('tiny', 'free')
    limiter.forget('tiny')
    expect((await limiter.take('tiny')).limit).toBe(2)
    expect(looked.length).toBe(3)
  })

  it('keep what was used when they change', async () => {
    const { limiter, planOf } = setup()
    await limiter.take('tiny', 2)
    planOf.set('tiny', 'pro')
    limiter.forget('tiny')
    expect((await limiter.peek('tiny', 0)).remaining).toBe(98)
  })

  it('are bounded: a tenant with one plan too many gets the fallback', async () => {
    const { limiter } = setup({ maxPlans: 2 })
    await limiter.take('acme')
    expect((await limiter.take('tiny')).limit).toBe(1)
  })
})

describe('fair sharing of one limit', () => {
  const run = async (demand: Record<string, number>, seconds: number, weightOf?: (tenant: string) => number) => {
    const clock = manualClock()
    const limiter = createLimiter(perSecond(10, { burst: 1 }), { clock })
    const queue = createFairQueue({ limiter, key: 'upstream', clock, maxWaiting: 10_000, ...(weightOf === undefined ? {} : { weightOf }) })
    const served: Record<string, number> = {}
    for (const [tenant, count] of Object.entries(demand)) {
      for (let index = 0; index < count; index += 1) void queue.wait(tenant).then(() => (served[tenant] = (served[tenant] ?? 0) + 1))
    }
    for (let step = 0; step < seconds * 10; step += 1) {
      await hop()
      clock.advance(100)
    }
    await hop()
    return { served, queue }
  }

  it('gives two tenants that both wait the same, however many requests the first one piled up before', async () => {
    const { served } = await run({ greedy: 1000, modest: 1000 }, 20)
    expect(Math.abs(served['greedy']! - served['modest']!)).toBeLessThanOrEqual(1)
  })

  it('gives by weight', async () => {
    const { served } = await run({ gold: 1000, iron: 1000 }, 40, (tenant) => (tenant === 'gold' ? 3 : 1))
    expect(Math.abs(served['gold']! - 3 * served['iron']!)).toBeLessThanOrEqual(4)
  })

  it('lends what one does not use: nothing is idle while somebody waits', async () => {
    const { served, queue } = await run({ greedy: 1000, modest: 5 }, 20)
    expect(served['modest']).toBe(5)
    expect(served['greedy']! + served['modest']!).toBeGreaterThanOrEqual(200)
    expect(queue.waiting).toBe(1005 - served['greedy']! - served['modest']!)
  })

  it('is bounded, can be left, and tells of what is impossible', async () => {
    const clock = manualClock()
    const queue = createFairQueue({ limiter: createLimiter(perSecond(1), { clock }), key: 'k', clock, maxWaiting: 2 })
    await queue.wait('a')
    const controller = new AbortController()
    const leaving = queue.wait('a', { signal: controller.signal })
    const staying = queue.wait('b')
    expect(await queue.wait('c')).toMatchObject({ allowed: false, reason: 'queue' })
    controller.abort(new Error('left'))
    await expect(leaving).rejects.toThrow('left')
    const impossible = queue.wait('c', { cost: 2 })
    await hop()
    clock.advance(1000)
    expect([(await staying).reason, (await impossible).reason]).toEqual(['ok', 'impossible'])
    expect(() => createFairQueue({ limiter: {} as never, key: 'k' })).toThrow('a limiter')
    await expect(createFairQueue({ limiter: createLimiter(perSecond(1)), key: 'k', weightOf: () => Number.NaN }).wait('a')).rejects.toThrow('above 0')
  })
})
