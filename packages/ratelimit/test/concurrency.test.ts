import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { manualClock } from '../src/adapters/testing.ts'
import { createConcurrency, type Permit } from '../src/concurrency.ts'

const setup = (options = {}) => {
  const clock = manualClock()
  return { clock, slots: createConcurrency({ limit: 2, leaseMs: 1000, clock, ...options }) }
}

describe('a limit of how many at once', () => {
  it('grants as many permits per key as it says, and one more for each that is released', () => {
    const { slots } = setup()
    const [first, second, third] = [slots.acquire('k'), slots.acquire('k'), slots.acquire('k')]
    expect([first, second, third].map(({ allowed, inFlight }) => [allowed, inFlight])).toEqual([[true, 1], [true, 2], [false, 2]])
    expect(slots.acquire('other').allowed).toBe(true)
    first!.release()
    first!.release()
    expect([slots.acquire('k').allowed, slots.acquire('k').allowed]).toEqual([true, false])
  })

  it('takes the place of a holder that never comes back, at the very millisecond, and ignores it if it does', () => {
    const { slots, clock } = setup({ limit: 1 })
    const lost = slots.acquire('k')
    clock.advance(400)
    expect(slots.acquire('k')).toMatchObject({ allowed: false, reason: 'limit', retryAfterMs: 600 })
    clock.advance(599)
    expect(slots.acquire('k').allowed).toBe(false)
    clock.advance(1)
    expect(slots.acquire('k').allowed).toBe(true)
    lost.release()
    expect([lost.renew(), slots.inFlight('k')]).toEqual([false, 1])
  })

  it('keeps a place that is renewed', () => {
    const { slots, clock } = setup({ limit: 1 })
    const permit = slots.acquire('k')
    for (let count = 0; count < 5; count += 1) {
      clock.advance(900)
      expect(permit.renew()).toBe(true)
    }
    expect(slots.acquire('k').allowed).toBe(false)
    permit[Symbol.dispose]()
    expect(permit.renew()).toBe(false)
    expect(slots.snapshot()).toEqual({ permits: 0, waiting: 0, keys: 0 })
  })

  it('lets callers wait in order, wakes them by release and by expiry, and leaves no timer', async () => {
    const { slots, clock } = setup({ limit: 1 })
    const holder = slots.acquire('k')
    const order: string[] = []
    const waiting = ['a', 'b', 'c'].map((name) => slots.wait('k').then((permit) => (order.push(name), permit)))
    expect(slots.acquire('k').allowed).toBe(false)
    holder.release()
    const first = await waiting[0]!
    clock.advance(1000)
    await waiting[1]
    expect(order).toEqual(['a', 'b'])
    first.release()
    clock.advance(1000)
    ;(await waiting[2]!).release()
    expect([slots.snapshot(), clock.pending]).toEqual([{ permits: 0, waiting: 0, keys: 0 }, 0])
  })

  it('rejects a waiter with the reason of its signal, refuses one too many, and sends all home when disposed of', async () => {
    const { slots, clock } = setup({ limit: 1, maxWaiting: 2 })
    slots.acquire('k')
    const controller = new AbortController()
    const leaving = slots.wait('k', { signal: controller.signal })
    const staying = slots.wait('k')
    expect((await slots.wait('k')).reason).toBe('queue')
    controller.abort(new Error('left'))
    await expect(leaving).rejects.toThrow('left')
    slots[Symbol.dispose]()
    expect((await staying).reason).toBe('closed')
    expect([slots.acquire('k').reason, clock.pending]).toEqual(['closed', 0])
  })

  it('is bounded over all keys, and finds again the places of holders that never came back', () => {
    const { slots, clock } = setup({ maxPermits: 50 })
    for (let index = 0; index < 100; index += 1) slots.acquire(`k${index}`)
    expect(slots.acquire('another')).toMatchObject({ allowed: false, reason: 'queue' })
    expect(slots.snapshot()).toMatchObject({ permits: 50, keys: 50 })
    clock.advance(1000)
    for (let index = 0; index < 100; index += 1) slots.acquire('live').release()
    expect(slots.snapshot().keys).toBeLessThanOrEqual(1)
  })

  it('never has more out than the limit, whatever is done', () => {
    const step = fc.record({ verb: fc.constantFrom('acquire', 'acquire', 'release', 'renew', 'pause'), at: fc.nat(9), ms: fc.nat(1500) })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 100 }), (plan) => {
        const { slots, clock } = setup({ limit: 3 })
        const held: { permit: Permit; untilMs: number; released: boolean }[] = []
        for (const { verb, at, ms } of plan) {
          const one = held[at % Math.max(1, held.length)]
          const live = held.filter(({ released, untilMs }) => !released && untilMs > clock.monotonic())
          if (verb === 'pause') clock.advance(ms)
          else if (verb === 'acquire') {
            const permit = slots.acquire('k')
            expect(permit.allowed).toBe(live.length < 3)
            if (permit.allowed) held.push({ permit, untilMs: clock.monotonic() + 1000, released: false })
          } else if (one !== undefined && verb === 'release') {
            one.permit.release()
            one.released = true
          } else if (one !== undefined) {
            expect(one.permit.renew()).toBe(live.includes(one))
            if (live.includes(one)) one.untilMs = clock.monotonic() + 1000
          }
        }
      }),
    )
  })

  it('refuses options that make no sense', () => {
    for (const wrong of [{ limit: 0 }, { limit: 1.5 }, { limit: 1, leaseMs: 0 }, { limit: 1, lease: 5 }]) expect(() => createConcurrency(wrong as never)).toThrow(/createConcurrency/)
  })
})
