// A whole minute of outage under load, simulated: what the stack of policies does to the target, and how soon work flows again.
import { describe, expect, it } from 'vitest'
import { compose, createBreaker, createBudget, retry, throttle, timeout } from '@distrokit/breaker'
import type { Policy } from '@distrokit/breaker'
import { manualClock } from '@distrokit/breaker/testing'
import { createRandom } from './random.ts'

const PER_SECOND = 100
const DOWN_AT = 20
const UP_AT = 80
const END = 100
const BUDGET = 0.2

interface World {
  readonly clock: ReturnType<typeof manualClock>
  readonly random: () => number
}

/** Offers calls at an even pace while the target is up, down for a minute, and up again. Counts by second. */
async function simulate(seed: number, build: (world: World) => Policy, downAs: 'refuses' | 'hangs') {
  const clock = manualClock()
  const random = createRandom(seed)
  const policy = build({ clock, random })
  const attempts = Array.from({ length: END + 60 }, () => 0)
  const good = Array.from({ length: END + 60 }, () => 0)
  const second = (): number => Math.floor(clock.monotonic() / 1000)
  const isUp = (): boolean => second() < DOWN_AT || second() >= UP_AT
  const running: Promise<void>[] = []
  for (let i = 0; i < PER_SECOND * END; i++) {
    const at = second()
    running.push(policy.run(async ({ signal }) => {
      attempts[second()] = (attempts[second()] as number) + 1
      if (isUp()) await new Promise<void>((resolve) => clock.after(10 + 20 * random(), resolve))
      else if (downAs === 'refuses') throw new Error('connection refused')
      else await new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
    }).then(() => void (good[at] = (good[at] as number) + 1), () => {}))
    await clock.advance(1000 / PER_SECOND)
  }
  await clock.advance(60_000)
  await Promise.all(running)
  const sum = (from: number, to: number) => attempts.slice(from, to).reduce((total, count) => total + count, 0)
  const recovered = good.findIndex((count, at) => at >= UP_AT && count >= 0.9 * PER_SECOND)
  return { duringOutage: sum(DOWN_AT, UP_AT), offered: (UP_AT - DOWN_AT) * PER_SECOND, recoveredAfter: recovered - UP_AT, pending: clock.pending, total: sum(0, END + 60) }
}

const whole = ({ clock, random }: World): Policy =>
  compose(
    retry({ retries: 3, budget: createBudget({ ratio: BUDGET, reservePerSecond: 0, clock }), clock, random }),
    createBreaker({ clock, random }),
    timeout(500, { clock }),
  )

describe.each(['refuses', 'hangs'] as const)('a minute in which the target %s', (downAs) => {
  // The figures are shown by `--reporter=verbose`.
  it.for([1, 2, 3])('costs at most the calls offered and the budget, and is over within five seconds (seed %i)', async (seed, { annotate }) => {
    const { duringOutage, offered, recoveredAfter, pending } = await simulate(seed, whole, downAs)
    await annotate(`${duringOutage} attempts for ${offered} calls offered; nine tenths of the work flow ${recoveredAfter} s after the return`)
    expect(duringOutage).toBeLessThanOrEqual((1 + BUDGET) * offered)
    expect(recoveredAfter).toBeLessThanOrEqual(5)
    expect(pending).toBe(0)
  })
})

describe('without a breaker', () => {
  it('the budget alone keeps attempts within its bound, which retries without one exceed', async ({ annotate }) => {
    const budgeted = await simulate(1, ({ clock, random }) => compose(
      retry({ retries: 3, budget: createBudget({ ratio: BUDGET, reservePerSecond: 0, clock }), clock, random }), timeout(500, { clock })), 'refuses')
    await annotate(`${budgeted.duringOutage} attempts for ${budgeted.offered} calls offered`)
    expect(budgeted.duringOutage).toBeLessThanOrEqual((1 + BUDGET) * budgeted.offered)
    expect(budgeted.duringOutage).toBeGreaterThan(1.1 * budgeted.offered)
    const unlimited = await simulate(1, ({ clock, random }) => compose(retry({ retries: 3, clock, random }), timeout(500, { clock })), 'refuses')
    expect(unlimited.duringOutage).toBeGreaterThan(3.5 * unlimited.offered)
  })

  it('a throttle brings the attempts down to a trickle, and lets them grow again', async () => {
    const { duringOutage, offered } = await simulate(1, ({ clock, random }) => throttle({ windowMs: 10_000, clock, random }), 'refuses')
    expect(duringOutage).toBeLessThan(0.35 * offered)
  })
})
