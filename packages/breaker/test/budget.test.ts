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
