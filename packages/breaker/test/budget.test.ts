import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createBudget } from '@distrokit/breaker'
import { manualClock } from '@distrokit/breaker/testing'

describe('a budget', () => {
  it('never gives more than ratio × deposits + reserve, and gives all of that', () => {
    fc.assert(fc.property(fc.array(fc.boolean(), { maxLength: 500, size: 'max' }), fc.constantFrom(0, 0.1, 0.2, 0.5, 1, 2), fc.constantFrom(0, 1, 3), (steps, ratio, reservePerSecond) => {
      const budget = createBudget({ ratio, reservePerSecond, windowMs: 1000, clock: manualClock() })
      let [deposits, withdrawn] = [0, 0]
      for (const deposit of steps) {
        const allowed = Math.floor(deposits * ratio + reservePerSecond + 1e-6) - withdrawn
        expect(budget.balance).toBe(allowed)
        if (deposit) {
          deposits++
          budget.deposit()
        } else {
          expect(budget.withdraw()).toBe(allowed >= 1)
          if (allowed >= 1) withdrawn++
        }
      }
    }))
  })

  it('keeps its promise at every extra call, for the window that ends with it, whatever the window and the rhythm', async () => {
    const steps = fc.array(fc.record({ gapMs: fc.oneof(fc.nat(3), fc.nat(40), fc.nat(1500)), calls: fc.nat(6), wanted: fc.nat(8) }), { maxLength: 120, size: 'max' })
    await fc.assert(fc.asyncProperty(steps, fc.integer({ min: 1, max: 1000 }), fc.constantFrom(0.1, 0.29, 1), fc.constantFrom(0, 2, 7.5), async (rhythm, windowMs, ratio, reservePerSecond) => {
      const clock = manualClock()
      const budget = createBudget({ ratio, reservePerSecond, windowMs, clock })
      const reserve = (reservePerSecond * windowMs) / 1000
      const [calls, extra]: [number[], number[]] = [[], []]
      const within = (times: number[], ms: number): number => times.filter((at) => at > clock.monotonic() - ms).length
      for (const { gapMs, calls: made, wanted } of rhythm) {
        await clock.advance(gapMs)
        for (let i = 0; i < made; i++) {
          budget.deposit()
          calls.push(clock.monotonic())
        }
        for (let i = 0; i < wanted; i++) {
          // What it may hold back is the fiftieth at either end of the window, and no more.
          const owed = Math.floor(ratio * within(calls, 0.98 * windowMs) + reserve - within(extra, 1.0201 * windowMs) + 1e-6)
          if (!budget.withdraw()) expect(owed).toBeLessThan(1)
          else {
            extra.push(clock.monotonic())
            expect(within(extra, windowMs)).toBeLessThanOrEqual(ratio * within(calls, windowMs) + reserve + 1e-6)
          }
        }
      }
    }))
  })

  it('forgets what was earned after its window', async () => {
    const clock = manualClock()
    const budget = createBudget({ ratio: 1, reservePerSecond: 0, windowMs: 1000, clock })
    for (let i = 0; i < 5; i++) budget.deposit()
    expect(budget.balance).toBe(5)
    await clock.advance(1100)
    expect(budget.balance).toBe(0)
    expect(budget.withdraw()).toBe(false)
  })
})
