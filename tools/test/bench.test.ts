import { describe, expect, it } from 'vitest'
import type { Case, Runner } from '../../bench/src/contestant.ts'
import { resultOf, tableOf } from '../../bench/src/results.ts'
import { measure } from '../../bench/src/rounds.ts'
import type { Plan } from '../../bench/src/rounds.ts'
import { median, ratio, threeDigits } from '../../bench/src/statistics.ts'

describe('the median', () => {
  it('is the middle of the sorted values, or the mean of the two in the middle', () => {
    expect(median([9, 1, 5])).toBe(5)
    expect(median([10, 2])).toBe(6)
    expect(median([100, 9, 20])).toBe(20)
    expect(median([7])).toBe(7)
  })

  it('leaves its list as it was, and refuses an empty one', () => {
    const values = [3, 1, 2]
    median(values)
    expect(values).toEqual([3, 1, 2])
    expect(() => median([])).toThrow('median of nothing')
  })
})

describe('the ratio', () => {
  it('compares within rounds, so that a slow spell of the machine cancels out', () => {
    // In the second and third round everything took ten times as long; the contestant is twice as slow throughout.
    expect(ratio([2, 20, 40], [1, 10, 20])).toBe(2)
    expect(ratio([1, 10, 20], [2, 20, 40])).toBe(0.5)
  })

  it('refuses lists that do not match', () => {
    expect(() => ratio([1], [1, 2])).toThrow('rounds do not match: 1 beside 2')
  })
})

describe('figures', () => {
  it.each([[0, '0'], [0.012345, '0.0123'], [1, '1.00'], [0.9996, '1.00'], [12.34, '12.3'], [99.96, '100'], [123.4, '123'], [1_234_567, '1 230 000']])('%d shows three digits that matter', (value, text) => {
    expect(threeDigits(value)).toBe(text)
  })
})

describe('rounds', () => {
  /** A machine on which work takes the time that it says, and nothing else does. */
  function bench(costMs: Readonly<Record<string, number>>): { one: Case; plan: Plan; log: string[] } {
    const log: string[] = []
    let now = 0
    const contestants = Object.entries(costMs).map(([name, cost]) => ({
      name,
      make: (): Runner => ({
        run(count) { now += cost * count; log.push(`${name} ${count}`) },
        facts: () => ({ commits: 2 }),
        close: () => void log.push(`${name} closed`),
      }),
    }))
    const plan: Plan = { seconds: 0.3, rounds: 3, now: () => now, rest: async () => void (now += 1_000) }
    return { one: { name: 'case', unit: 'call', baseline: 'slow', contestants }, plan, log }
  }

  it('give everybody as many turns, one after the other, back and forth', async () => {
    const { one, plan, log } = bench({ slow: 2, fast: 1 })
    const measured = await measure(one, plan)
    // Slices of 100 ms: 50 times 2 ms, 100 times 1 ms.
    expect(log.slice(-8)).toEqual(['slow 50', 'fast 100', 'fast 100', 'slow 50', 'slow 50', 'fast 100', 'slow closed', 'fast closed'])
    expect(measured.map(({ rounds }) => rounds)).toEqual([[2e6, 2e6, 2e6], [1e6, 1e6, 1e6]])
  })

  it('repeat no less than a contestant asks for', async () => {
    const { one, plan, log } = bench({ slow: 2 })
    const [slow] = one.contestants
    const picky = { name: 'slow', make: async (): Promise<Runner> => ({ ...await slow!.make(), least: 256 }) }
    await measure({ ...one, contestants: [picky] }, plan)
    expect(log.slice(0, 4)).toEqual(['slow 256', 'slow 256', 'slow 256', 'slow 256'])
  })

  it('become a table with times per second and ratios to the baseline', async () => {
    const { one, plan } = bench({ slow: 2, fast: 1 })
    const result = resultOf(one, await measure(one, plan))
    expect(result.rows.map(({ name, ns, perSecond, ratio: times }) => [name, ns, perSecond, times])).toEqual([['slow', 2e6, 500, 1], ['fast', 1e6, 1_000, 0.5]])
    expect(tableOf(result).split('\n')[0]).toMatch(/^case +ns\/call +calls\/s +fastest +slowest +× slow +commits$/)
    expect(tableOf(result).split('\n')[2]).toMatch(/^fast +1 000 000 +1 000 +1 000 000 +1 000 000 +0\.500 +2\.00$/)
  })

  it('refuse a baseline that nobody has', async () => {
    const { one, plan } = bench({ fast: 1 })
    const measured = await measure(one, plan)
    expect(() => resultOf(one, measured)).toThrow('the baseline "slow" is none of "fast"')
  })

  it('close what they made though a contestant fails', async () => {
    const { one, plan, log } = bench({ slow: 1 })
    const failing = { name: 'failing', make: (): Runner => ({ run() { throw new Error('no') } }) }
    await expect(measure({ ...one, contestants: [...one.contestants, failing] }, plan)).rejects.toThrow('no')
    expect(log.at(-1)).toBe('slow closed')
  })
})
