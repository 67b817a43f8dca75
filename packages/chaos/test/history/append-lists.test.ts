import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'

import { createRandom } from '../../src/index.ts'
import { checkAppendLists } from '../../src/adapters/testing.ts'
import type { ListStep, Operation } from '../../src/adapters/testing.ts'

type Transaction = Operation<readonly ListStep[], readonly ListStep[]>
const append = (key: string, value: number): ListStep => ({ append: key, value })
const saw = (key: string, ...list: number[]): ListStep => ({ read: key, list })
const transaction = (at: number, steps: readonly ListStep[], ending: Transaction['ending'] = 'ok'): Transaction => ({
  process: `t${at}`, op: steps, value: ending === 'ok' ? steps : undefined, ending, invoked: 2 * at, returned: ending === 'unknown' ? Infinity : 2 * at + 1,
})
const names = (...transactions: readonly (readonly ListStep[])[]): string[] => checkAppendLists(transactions.map((steps, at) => transaction(at, steps))).anomalies.map((one) => one.name)

describe('checkAppendLists', () => {
  test('accepts what some serial order explains', () => {
    expect(names()).toEqual([])
    expect(names([append('x', 1), append('y', 1)], [saw('x', 1), saw('y', 1), append('x', 2)], [saw('x', 1, 2)])).toEqual([])
    expect(names([saw('x'), append('x', 1), saw('x', 1)], [saw('x', 1)])).toEqual([])
  })

  test('names cycles as Adya did', () => {
    expect(names([append('x', 1), append('y', 1)], [append('x', 2), append('y', 2)], [saw('x', 1, 2), saw('y', 2, 1)])).toEqual(['G0'])
    expect(names([append('x', 1), saw('y', 1)], [append('y', 1), saw('x', 1)])).toEqual(['G1c'])
    expect(names([append('x', 1), append('y', 1)], [saw('x', 1), saw('y')], [saw('y', 1)])).toEqual(['G-single'])
    expect(names([saw('x'), append('y', 1)], [saw('y'), append('x', 1)], [saw('x', 1), saw('y', 1)])).toEqual(['G2'])
  })

  test('finds reads that no isolation allows', () => {
    const aborted = [transaction(0, [append('x', 1)], 'fail'), transaction(1, [saw('x', 1)])]
    expect(checkAppendLists(aborted).anomalies.map((one) => one.name)).toEqual(['aborted read'])
    expect(names([append('x', 1), append('x', 2)], [saw('x', 1)], [saw('x', 1, 2)])).toContain('intermediate read')
    expect(names([saw('x', 9)])).toEqual(['phantom element'])
    expect(names([append('x', 1)], [append('x', 2)], [saw('x', 1)], [saw('x', 2, 1)])).toContain('incompatible order')
    expect(names([append('x', 1)], [append('x', 1)])).toContain('duplicate append')
    expect(names([append('x', 1), saw('x')])).toEqual(['internal'])
    expect(names([append('x', 1), append('x', 2)], [saw('x', 2, 1)])).toContain('internal')
    expect(names([append('x', 1)], [saw('x', 1, 1)])).toContain('duplicate element')
  })

  test('an unknown transaction may have happened', () => {
    const history = [transaction(0, [append('x', 1)], 'unknown'), transaction(1, [saw('x', 1)]), transaction(2, [append('x', 2)], 'unknown')]
    expect(checkAppendLists(history).valid).toBe(true)
  })

  test('agrees with every serial order tried one by one, once everything has been read at the end', () => {
    let [yes, no] = [0, 0]
    fc.assert(fc.property(fc.integer(), (seed) => {
      const history = random(seed)
      const expected = serializable(history)
      expect(checkAppendLists(history).valid).toBe(expected)
      if (expected) yes++
      else no++
    }), { numRuns: 1500 })
    expect(Math.min(yes, no)).toBeGreaterThan(100)
  })

  test('takes twenty thousand transactions in its stride', () => {
    const lists: Record<string, number[]> = {}
    const dice = createRandom(1)
    const history = Array.from({ length: 20_000 }, (_, at) => {
      const key = `k${Math.floor(at / 100)}`
      const list = (lists[key] ??= [])
      if (dice.chance(0.5)) return transaction(at, [saw(key, ...list)])
      list.push(at)
      return transaction(at, [append(key, at)])
    })
    const began = process.cpuUsage()
    expect(checkAppendLists(history).valid).toBe(true)
    // Time of this process alone, in microseconds: a busy machine is no slow checker.
    expect(process.cpuUsage(began).user).toBeLessThan(3_000_000)
  })
})

/** Four small transactions whose reads saw a state that some of the others had made, and a last one that reads all. */
function random(seed: number): Transaction[] {
  const dice = createRandom(seed)
  const order: Record<string, number[]> = { x: [], y: [] }
  const plans = Array.from({ length: 4 }, (_, at) => Array.from({ length: dice.integer(1, 3) }, (_, step) => ({ key: dice.pick(['x', 'y']), value: dice.chance(0.5) ? 10 * at + step : undefined })))
  for (const { key, value } of dice.shuffle(plans.flat())) if (value !== undefined) order[key]?.push(value)
  const history = plans.map((plan, at) => {
    const own: Record<string, number[]> = { x: [], y: [] }
    const base: Record<string, number> = { x: dice.integer(0, order['x']?.length ?? 0), y: dice.integer(0, order['y']?.length ?? 0) }
    return transaction(at, plan.map(({ key, value }) => {
      if (value === undefined) return saw(key, ...(order[key] ?? []).slice(0, base[key]).filter((one) => Math.floor(one / 10) !== at), ...(own[key] ?? []))
      own[key]?.push(value)
      return append(key, value)
    }))
  })
  return [...history, transaction(4, [saw('x', ...(order['x'] ?? [])), saw('y', ...(order['y'] ?? []))])]
}

function serializable(left: readonly Transaction[], state: Readonly<Record<string, readonly number[]>> = { x: [], y: [] }): boolean {
  if (left.length === 0) return true
  return left.some((one) => {
    const next: Record<string, readonly number[]> = { ...state }
    for (const step of one.value ?? []) {
      if ('append' in step) next[step.append] = [...(next[step.append] ?? []), step.value as number]
      else if (String(step.list) !== String(next[step.read])) return false
    }
    return serializable(left.filter((other) => other !== one), next)
  })
}
