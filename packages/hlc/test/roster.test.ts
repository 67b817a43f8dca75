import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { createRoster } from '../src/index.ts'

test('a node that restarts is told from two that share an id', () => {
  const roster = createRoster()
  expect(['one', 'one', 'two', 'two', 'one', 'two'].map((life) => roster.observe('dublin', life))).toEqual([
    'new', 'known', 'restarted', 'known', 'conflict', 'conflict',
  ])
})

test('restarts in any number, each life heard any number of times, are never a conflict', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.constantFrom('a', 'b', 'c'), fc.boolean()), { size: 'max', maxLength: 80 }), (events) => {
      const roster = createRoster()
      const lives: Record<string, number> = { a: 0, b: 0, c: 0 }
      for (const [node, restarts] of events) {
        if (restarts) lives[node]! += 1
        expect(roster.observe(node, `${lives[node]}`)).not.toBe('conflict')
      }
    }),
  )
})

test('two nodes with one id that both go on speaking are found by the third word', () => {
  fc.assert(
    fc.property(fc.array(fc.boolean(), { minLength: 1, maxLength: 30 }), (turns) => {
      const roster = createRoster()
      const words = turns.map((first) => roster.observe('a', first ? 'x' : 'y'))
      const changes = turns.filter((turn, index) => index > 0 && turn !== turns[index - 1]).length
      expect(words.filter((word) => word === 'conflict')).toHaveLength(Math.max(0, changes - 1))
    }),
  )
})

test('it remembers at most maxNodes, and forgets who was silent longest', () => {
  const roster = createRoster({ maxNodes: 2 })
  for (const node of ['a', 'b', 'a', 'c']) roster.observe(node, 'x')
  expect(roster.size).toBe(2)
  expect([roster.observe('a', 'x'), roster.observe('b', 'x')]).toEqual(['known', 'new'])
})

test('wrong use is refused', () => {
  for (const maxNodes of [0, -1, NaN, 1.5]) expect(() => createRoster({ maxNodes })).toThrow(TypeError)
  expect(() => createRoster().observe('a-b', 'x')).toThrow(TypeError)
})
