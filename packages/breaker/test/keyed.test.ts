import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { consecutive, createBreaker } from '@distrokit/breaker'
import { createKeyed } from '@distrokit/breaker/keyed'
import { manualClock } from '@distrokit/breaker/testing'

function setUp(max: number) {
  const clock = manualClock()
  const made: string[] = []
  const breakers = createKeyed((key) => (made.push(key), createBreaker({ name: key, trip: consecutive(1), openMs: 1000, jitter: 0, clock })), { max })
  const fail = (key: string) => breakers.run(key, () => Promise.reject(new Error('down'))).catch(() => {})
  return { clock, breakers, made, fail }
}

describe('keyed breakers', () => {
  it('are one for each key', async () => {
    const { breakers, fail } = setUp(10)
    await fail('a')
    expect([breakers.get('a').state, breakers.get('b').state, breakers.get('a') === breakers.get('a')]).toEqual(['open', 'closed', true])
    await expect(breakers.run('a', () => 1)).rejects.toMatchObject({ code: 'open', breaker: 'a' })
    expect(await breakers.run('b', () => 1)).toBe(1)
  })

  it('forget the least recently used of the closed ones, and never one that is open', async () => {
    const { breakers, made, fail } = setUp(3)
    await fail('bad')
    for (let i = 0; i < 100; i++) await breakers.run(`key-${i}`, () => i)
    expect(breakers.get('bad').state).toBe('open')
    expect(made.filter((key) => key === 'bad')).toHaveLength(1)
    breakers.get('key-0')
    expect(made.filter((key) => key === 'key-0')).toHaveLength(2)
  })

  it('take an open one back among the others when it has closed', async () => {
    const { clock, breakers, fail } = setUp(2)
    await fail('bad')
    for (let i = 0; i < 5; i++) breakers.get(`key-${i}`)
    await clock.advance(1000)
    await breakers.run('bad', () => 'well')
    expect(breakers.get('bad').state).toBe('closed')
    for (let i = 0; i < 5; i++) breakers.get(`other-${i}`)
    expect(breakers.size).toBe(2)
  })

  it('stay within their bound whatever is down, and keep those that are within their waits', async () => {
    await fc.assert(fc.asyncProperty(
      fc.array(fc.record({ key: fc.nat(60), fails: fc.boolean(), waitMs: fc.constantFrom(0, 0, 10, 1000) }), { maxLength: 200, size: 'max' }),
      fc.integer({ min: 1, max: 8 }),
      async (steps, max) => {
        const { clock, breakers, fail } = setUp(max)
        for (const { key, fails, waitMs } of steps) {
          const name = String(key)
          if (fails) await fail(name)
          else await breakers.run(name, () => 1).catch(() => {})
          expect(breakers.size).toBeLessThanOrEqual(2 * max)
          await clock.advance(waitMs)
        }
      },
    ), { numRuns: 60 })
  })

  it('hand out a breaker that is not kept when everything kept is open', async () => {
    const { breakers, made, fail } = setUp(2)
    for (let i = 0; i < 6; i++) await fail(`bad-${i}`)
    expect(breakers.size).toBeLessThanOrEqual(4)
    expect(await breakers.run('another', () => 'through')).toBe('through')
    for (const key of made.slice(0, 2)) expect(breakers.get(key).state).toBe('open')
  })

  it('make room again when the waits of those that are open are over', async () => {
    const { clock, breakers, fail } = setUp(2)
    for (let i = 0; i < 6; i++) await fail(`bad-${i}`)
    expect(breakers.get('fresh') === breakers.get('fresh')).toBe(false)
    await clock.advance(1000)
    expect(breakers.get('fresh') === breakers.get('fresh')).toBe(true)
  })

  it('refuse keys and bounds that are none', () => {
    expect(() => createKeyed(undefined as never)).toThrow(/needs a function that makes a breaker/)
    expect(() => createKeyed(() => createBreaker(), { max: 0 })).toThrow(/max must be a whole number, 1 or more; got 0/)
    expect(() => setUp(1).breakers.get(5 as never)).toThrow(/key must be a string; got 5/)
  })
})
