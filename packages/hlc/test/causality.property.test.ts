import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createClock, merge, tick, type Stamp } from '../src/index.ts'
import { happenedBefore, history, NODES, play, time, type Subject } from './model/history.ts'
import { paperClock } from './model/paper.ts'

const names = Array.from({ length: NODES }, (_, index) => `n${index}`)

function clockSubject(node: string): Subject {
  let wall = 0
  const clock = createClock({ node, clock: { now: () => wall }, maxDriftMs: Infinity })
  return {
    now(wallMs) {
      wall = wallMs
      return clock.now()
    },
    receive(remote, wallMs) {
      wall = wallMs
      return clock.receive(remote)
    },
  }
}

function pureSubject(node: string): Subject {
  let state: Stamp = { ms: 0, count: 0, node }
  return {
    now: (wallMs) => (state = tick(state, wallMs)),
    receive: (remote, wallMs) => (state = merge(state, remote, wallMs)),
  }
}

describe('over random message histories, with walls that step and messages that come late, twice or out of order', () => {
  test('a cause is always stamped before its effect (oracle: vector clocks)', () => {
    fc.assert(
      fc.property(history, (actions) => {
        const seen = play(actions, names.map(clockSubject))
        for (const a of seen) for (const b of seen) if (happenedBefore(a, b)) expect(time(a.stamp) < time(b.stamp)).toBe(true)
      }),
      { numRuns: 300 },
    )
  })

  test('no two stamps are equal, and those of one node rise strictly', () => {
    fc.assert(
      fc.property(history, (actions) => {
        const seen = play(actions, names.map(clockSubject))
        expect(new Set(seen.map(({ stamp }) => `${time(stamp)} ${stamp.node}`)).size).toBe(seen.length)
        for (const node of names) {
          const times = seen.filter(({ stamp }) => stamp.node === node).map(({ stamp }) => time(stamp))
          times.forEach((at, index) => index === 0 || expect(at > times[index - 1]!).toBe(true))
        }
      }),
    )
  })

  test('the physical part is never below the wall at the event, and is always some wall of its causal past', () => {
    fc.assert(
      fc.property(history, (actions) => {
        const seen = play(actions, names.map(clockSubject))
        for (const event of seen) {
          const past = seen.filter((other) => other === event || happenedBefore(other, event))
          expect(event.stamp.ms).toBeGreaterThanOrEqual(event.wallMs)
          expect(past.map(({ wallMs }) => wallMs)).toContain(event.stamp.ms)
        }
      }),
    )
  })

  test('the counter stays below the number of events of the causal past that carry the same millisecond', () => {
    fc.assert(
      fc.property(history, (actions) => {
        const seen = play(actions, names.map(clockSubject))
        for (const event of seen) {
          const same = seen.filter((other) => happenedBefore(other, event) && other.stamp.ms === event.stamp.ms)
          expect(event.stamp.count).toBeLessThanOrEqual(same.length)
        }
      }),
    )
  })

  test("clock, pure functions and the paper's case-by-case rules agree stamp by stamp", () => {
    fc.assert(
      fc.property(history, (actions) => {
        const model = play(actions, names.map(paperClock)).map(({ stamp }) => stamp)
        expect(play(actions, names.map(clockSubject)).map(({ stamp }) => stamp)).toEqual(model)
        expect(play(actions, names.map(pureSubject)).map(({ stamp }) => stamp)).toEqual(model)
      }),
      { numRuns: 300 },
    )
  })
})

test('tick and merge agree with the paper near the end of the counter, where carrying begins', () => {
  const near = fc.record({ ms: fc.nat({ max: 3 }), count: fc.integer({ min: 65_530, max: 65_535 }), node: fc.constant('a') })
  fc.assert(
    fc.property(near, near, fc.nat({ max: 4 }), (state, remote, wallMs) => {
      const exact = (stamp: Stamp): bigint => (time(stamp) / 65_536n < BigInt(wallMs) ? BigInt(wallMs) * 65_536n : time(stamp) + 1n)
      expect(time(tick(state, wallMs))).toBe(exact(state))
      expect(time(merge(state, remote, wallMs))).toBe(exact(time(state) > time(remote) ? state : remote))
    }),
  )
})
