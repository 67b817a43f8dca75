import { expect, test } from 'vitest'

import { checkSessions } from '../../src/adapters/testing.ts'
import type { Operation, SessionOp } from '../../src/adapters/testing.ts'

const history = (...lines: readonly (readonly [process: string, type: 'read' | 'write', value: number, key?: string])[]): Operation<SessionOp, number>[] =>
  lines.map(([process, type, value, key = 'k'], at) => ({ process, op: { type, key }, value, ending: 'ok', invoked: 2 * at, returned: 2 * at + 1 }))
const names = (lines: Operation<SessionOp, number>[]): string[] => checkSessions(lines).anomalies.map((one) => one.name)

test('accepts sessions that only go forward, each on its own, key by key', () => {
  expect(names(history(['a', 'write', 1], ['a', 'read', 1], ['b', 'read', 0], ['b', 'read', 1], ['a', 'write', 2], ['a', 'read', 5], ['a', 'read', 0, 'other']))).toEqual([])
})

test('names each of the four promises when it is broken', () => {
  expect(names(history(['a', 'write', 2], ['a', 'read', 1]))).toEqual(['read your writes'])
  expect(names(history(['a', 'read', 2], ['a', 'read', 1]))).toEqual(['monotonic reads'])
  expect(names(history(['a', 'write', 2], ['a', 'write', 1]))).toEqual(['monotonic writes'])
  expect(names(history(['a', 'read', 2], ['a', 'write', 1]))).toEqual(['writes follow reads'])
  expect(checkSessions(history(['a', 'write', 2], ['a', 'read', 1])).anomalies[0]?.message).toBe("Session 'a' had written 2, and then read 1, which does not include it.")
})

test('an operation that did not end well promises nothing', () => {
  const lines = history(['a', 'write', 2], ['a', 'read', 1]).map((one) => ({ ...one, ending: 'unknown' as const }))
  expect(checkSessions(lines).valid).toBe(true)
})

test('versions may be partly ordered, such as sets of what was seen', () => {
  const lines = history(['a', 'read', 0b011], ['a', 'read', 0b101])
  const includes = (later: number, earlier: number): boolean => (later & earlier) === earlier
  expect(checkSessions(lines, includes).anomalies.map((one) => one.name)).toEqual(['monotonic reads'])
  expect(checkSessions(lines, includes, ['read your writes']).valid).toBe(true)
})
