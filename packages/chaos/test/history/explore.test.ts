import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'

import { everyOrder, explore, ExplorationFailed } from '../../src/adapters/testing.ts'

describe('everyOrder', () => {
  test('sees every order of eight events', () => {
    const seen = new Set<string>()
    const events = [...'abcdefgh']
    everyOrder({ start: '', events, apply: (state, event) => state + event, checkEnd: (state) => void seen.add(state) })
    expect(seen.size).toBe(40_320)
  })

  test('visits equal states once: a sum has as many states as subsets', () => {
    const { states, ends } = everyOrder({ start: 0, events: [1, 2, 4, 8, 16, 32, 64, 128], apply: (sum, event) => sum + event })
    expect([states, ends]).toEqual([256, 1])
  })

  test('respects events that need another first', () => {
    const orders: string[] = []
    everyOrder({
      start: '', events: ['send', 'receive', 'tick'], apply: (state, event) => `${state} ${event}`,
      enabled: (_state, event, done) => event !== 'receive' || done[0] === true,
      checkEnd: (state) => void orders.push(state.trim()),
    })
    expect(orders.sort()).toEqual(['send receive tick', 'send tick receive', 'tick send receive'])
  })

  test('shows the shortest way to a broken rule', () => {
    const run = (): unknown => everyOrder({
      start: { x: 0 }, events: ['add', 'double', 'reset'], apply: ({ x }, event) => ({ x: event === 'add' ? x + 1 : event === 'double' ? 2 * x : 0 }),
      check: ({ x }) => expect(x).toBeLessThan(2),
    })
    expect(run).toThrow(ExplorationFailed)
    expect(run).toThrow(/After 2 moves: [^]*1\. add\n {2}2\. double$/)
  })

  test('refuses more events than it could order', () => {
    expect(() => everyOrder({ start: 0, events: Array.from({ length: 9 }, () => 1), apply: (sum, one) => sum + one })).toThrow(/at most 8 events, got 9/)
  })
})

describe('explore', () => {
  test('reaches exactly what a slow closure reaches, whatever the graph', () => {
    fc.assert(fc.property(fc.array(fc.array(fc.nat(9), { maxLength: 3 }), { minLength: 10, maxLength: 10 }), (graph) => {
      const seen: number[] = []
      const { states } = explore<number, number>({ start: 0, moves: (at) => graph[at] ?? [], apply: (_at, to) => to, check: (at) => void seen.push(at) })
      const closure = new Set([0])
      for (const at of closure) for (const to of graph[at] ?? []) closure.add(to)
      expect(new Set(seen)).toEqual(closure)
      expect(states).toBe(closure.size)
    }))
  })

  test('is bounded in depth and in states', () => {
    const machine = { start: 0, moves: () => [1], apply: (state: number) => state + 1 }
    expect(() => explore(machine)).toThrow(/at most 32 moves/)
    expect(() => explore({ ...machine, maxDepth: 1e9, maxStates: 1000 })).toThrow(/at most 1000 states/)
  })
})
