import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { bulkhead, FullError, RefusedError } from '@distrokit/breaker'
import { manualClock } from '@distrokit/breaker/testing'
import { countingSignal, pending } from './world.ts'

const turns = async (): Promise<void> => {
  for (let i = 0; i < 20; i++) await Promise.resolve()
}

describe('bulkhead', () => {
  it('runs as many as its limit, queues as many as its queue, and refuses the rest', async () => {
    const policy = bulkhead({ limit: 2, queue: 1 })
    const calls = [pending(), pending(), pending()]
    const running = calls.map(({ call }) => policy.run(call))
    await turns()
    expect([policy.active, policy.queued]).toEqual([2, 1])
    const refused = policy.run(() => 1)
    await expect(refused).rejects.toBeInstanceOf(FullError)
    await expect(refused).rejects.toMatchObject({ code: 'full', limit: 2 })
    await expect(refused).rejects.toBeInstanceOf(RefusedError)
    for (const { resolve } of calls) resolve('well')
    expect(await Promise.all(running)).toEqual(['well', 'well', 'well'])
    expect([policy.active, policy.queued]).toEqual([0, 0])
  })

  it('frees its place when a call throws at once', async () => {
    const policy = bulkhead({ limit: 1 })
    for (let i = 0; i < 3; i++) await expect(policy.run(() => { throw new Error('bug') })).rejects.toThrow('bug')
    expect(policy.active).toBe(0)
  })

  it('serves the more important first, equals in the order they came, and lets them displace the least important', async () => {
    const policy = bulkhead({ limit: 1, queue: 2 })
    const first = pending()
    const order: string[] = []
    const go = (name: string, priority: number) => policy.run(() => order.push(name), { priority }).catch((error: FullError) => order.push(`${name} ${error.code}`))
    const all = [policy.run(first.call), go('low', 0), go('normal', 1), go('high', 2), go('lowest', -1)]
    await turns()
    first.resolve('done')
    await Promise.all(all)
    expect(order).toEqual(['low full', 'lowest full', 'high', 'normal'])
  })

  it('refuses a call that waited longer than it may, and one whose deadline comes', async () => {
    const clock = manualClock()
    const policy = bulkhead({ limit: 1, queue: 5, waitMs: 100, clock })
    void policy.run(() => new Promise(() => {}))
    const patient = policy.run(() => 1).catch((error: unknown) => error)
    const hurried = policy.run(() => 1, { deadlineMs: 50 }).catch((error: unknown) => error)
    await clock.advance(100)
    expect(await patient).toMatchObject({ code: 'full' })
    expect(await hurried).toMatchObject({ code: 'timeout' })
    expect([policy.queued, clock.pending]).toEqual([0, 0])
  })

  it('takes its listeners off a signal, whether the call ran or left', async () => {
    const policy = bulkhead({ limit: 1, queue: 1 })
    const { controller, signal, listeners } = countingSignal()
    const first = pending()
    const running = policy.run(first.call)
    const second = policy.run(() => 2, { signal })
    await turns()
    expect(listeners()).toBe(1)
    first.resolve('done')
    expect([await running, await second, listeners()]).toEqual(['done', 2, 0])
    controller.abort()
    expect(policy.active).toBe(0)
  })

  it('frees the place of a call that was given up and never ends after a while', async () => {
    const { compose, timeout } = await import('@distrokit/breaker')
    const clock = manualClock()
    const limit = bulkhead({ limit: 1, lingerMs: 500, clock })
    const running = compose(limit, timeout(100, { clock })).run(() => new Promise(() => {})).catch(() => {})
    await clock.advance(100)
    await running
    expect(limit.active).toBe(1)
    await clock.advance(500)
    expect([limit.active, clock.pending]).toEqual([0, 0])
  })

  it('never runs more than its limit and forgets nobody, however calls come, end and give up', async () => {
    await fc.assert(fc.asyncProperty(
      fc.scheduler(),
      fc.integer({ min: 1, max: 3 }),
      fc.nat(4),
      fc.array(fc.record({ priority: fc.nat(2), abort: fc.boolean(), fails: fc.boolean() }), { maxLength: 15, size: 'max' }),
      async (scheduler, limit, queue, calls) => {
        const policy = bulkhead({ limit, queue })
        let running = 0
        const results = calls.map(async ({ priority, abort, fails }, index) => {
          await scheduler.schedule(Promise.resolve(), `come ${index}`)
          const controller = new AbortController()
          if (abort) void scheduler.schedule(Promise.resolve(), `abort ${index}`).then(() => controller.abort('gone'))
          return policy.run(async () => {
            expect(++running).toBeLessThanOrEqual(limit)
            await scheduler.schedule(Promise.resolve(), `end ${index}`)
            running--
            if (fails) throw new Error('down')
          }, { priority, signal: controller.signal })
        })
        const settled = await scheduler.waitFor(Promise.allSettled(results))
        expect(settled).toHaveLength(calls.length)
        await turns()
        expect([policy.active, policy.queued, running]).toEqual([0, 0, 0])
      },
    ), { numRuns: 200 })
  })

  it('refuses limits that make no sense', () => {
    for (const limit of [0, -1, 1.5, NaN]) expect(() => bulkhead({ limit })).toThrow(/bulkhead: limit must be a whole number, 1 or more; got/)
    expect(() => bulkhead({} as never)).toThrow(/limit must be a whole number, 1 or more; got undefined/)
    expect(() => bulkhead({ limit: 1, queue: -1 })).toThrow(RangeError)
  })
})
