import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'

import { createWorld } from '../../src/index.ts'
import { createNodeClock } from '../../src/world/node-clock.ts'

describe("a node's clock", () => {
  test('monotonic never goes back, whatever is done to the clock, and agrees with a slow integration of its rate', () => {
    const deed = fc.oneof(
      fc.record({ pass: fc.integer({ min: 0, max: 10_000 }) }),
      fc.record({ rate: fc.integer({ min: -200_000, max: 200_000 }) }),
      fc.record({ step: fc.integer({ min: -1e9, max: 1e9 }) }),
      fc.record({ frozen: fc.boolean() }),
    )
    fc.assert(fc.property(fc.array(deed, { maxLength: 40 }), (deeds) => {
      let now = 0
      const clock = createNodeClock(() => now, 1e12)
      let [local, rate, last] = [0, 1, 0]
      let thaw = (): void => {}
      for (const one of deeds) {
        if ('pass' in one) {
          now += one.pass
          local += one.pass * rate
        } else if ('rate' in one) {
          clock.rate(one.rate)
          rate = 1 + one.rate * 1e-6
        } else if ('step' in one) clock.step(one.step)
        else if (one.frozen) thaw = clock.freeze()
        else thaw()
        expect(clock.monotonic()).toBeGreaterThanOrEqual(last)
        last = clock.monotonic()
        expect(last).toBeCloseTo(local, 5)
      }
    }))
  })

  test('steps move the wall clock only; a frozen clock stands still and then jumps to where it should be', () => {
    let now = 0
    const clock = createNodeClock(() => now, 1000, { offsetMs: 5, grainMs: 10 })
    expect([clock.now(), clock.monotonic()]).toEqual([1000, 0])
    clock.step(-100)
    expect([clock.now(), clock.monotonic()]).toEqual([900, 0])
    const [first, second] = [clock.freeze(), clock.freeze()]
    now = 500
    first()
    first()
    expect([clock.now(), clock.monotonic()]).toEqual([900, 500])
    second()
    expect(clock.now()).toBe(1400)
    clock.grain(1)
    expect(clock.now()).toBe(1405)
  })

  test('a timer is never early by its own monotonic clock, even when the clock is slowed while it waits', async () => {
    await fc.assert(fc.asyncProperty(fc.array(fc.tuple(fc.integer({ min: 1, max: 500 }), fc.integer({ min: -100_000, max: 100_000 })), { maxLength: 8 }), fc.integer({ min: 0, max: 1000 }), async (rates, ms) => {
      const world = createWorld({ seed: 1, nodes: 1 })
      const { env, clock } = world.node('a')
      for (const [at, ppm] of rates) world.after(at, () => clock.rate(ppm))
      let late: number | undefined
      world.after(7, () => {
        const due = env.clock.monotonic() + ms
        env.clock.after(ms, () => (late = env.clock.monotonic() - due))
      })
      await world.run(5000)
      expect(late).toBeGreaterThanOrEqual(0)
      expect(late).toBeLessThan(rates.length === 0 ? 0.01 : 200)
    }), { numRuns: 50 })
  })
})
