import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { consecutive, createBreaker, explain, snapshot, trip } from '@distrokit/breaker'
import { memoryStore, redisStore, share } from '@distrokit/breaker/shared'
import type { SharedEvent, VerdictStore } from '@distrokit/breaker/shared'
import { manualClock, verdictStoreChecks } from '@distrokit/breaker/testing'
import { quorumOf } from '../src/core/quorum.ts'
import { createRandom } from './random.ts'
import { fail, failTimes, succeed } from './world.ts'

/** A fleet on one clock; `store` may be cut off with `reach.store = false`, or hang. */
function fleet(size: number, { openMs = 1000, quorum = 0.5 } = {}) {
  const clock = manualClock()
  const inner = memoryStore({ clock })
  const reach: { store: boolean | 'hangs' } = { store: true }
  const store: VerdictStore = {
    async exchange(report) {
      if (reach.store === 'hangs') return new Promise(() => {})
      if (!reach.store) throw new Error('cut off')
      return inner.exchange(report)
    },
  }
  const random = createRandom(5)
  const nodes = Array.from({ length: size }, (_, index) => {
    const breaker = createBreaker({ name: 'target', trip: consecutive(3), openMs, jitter: 0, probeMs: 100, clock })
    const shared = share(breaker, { store, node: `node-${index}`, intervalMs: 100, leaseMs: 300, quorum, clock, random })
    const events: SharedEvent['type'][] = []
    shared.onEvent(({ type }) => events.push(type))
    return { breaker, shared, events }
  })
  /** Every node makes a call every 10 ms; tells how many of them reached the target. */
  const target = { up: false, reached: 0 }
  const run = async (ms: number): Promise<number> => {
    const before = target.reached
    for (let passed = 0; passed < ms; passed += 10) {
      for (const { breaker } of nodes) {
        void breaker.run(async () => {
          target.reached++
          if (!target.up) throw new Error('down')
        }).catch(() => {})
      }
      await clock.advance(10)
    }
    return target.reached - before
  }
  const states = () => nodes.map(({ breaker }) => breaker.state)
  return { clock, nodes, reach, target, run, states }
}

describe('a fleet', () => {
  it('opens as a whole when a quorum has opened by itself, and not for one alone', async () => {
    const { nodes, clock, states } = fleet(5)
    await clock.advance(200)
    await failTimes(nodes[0]?.breaker as never, 3)
    await clock.advance(300)
    expect(states()).toEqual(['open', 'closed', 'closed', 'closed', 'closed'])
    await failTimes(nodes[1]?.breaker as never, 3)
    await clock.advance(300)
    expect(states().filter((state) => state === 'open')).toHaveLength(2)
    await failTimes(nodes[2]?.breaker as never, 3)
    await clock.advance(300)
    expect(states()).toEqual(['open', 'open', 'open', 'open', 'open'])
    expect(nodes[4]?.events).toEqual(['followed'])
    expect(explain(nodes[4]!.breaker).reason).toBe('3 of 5 nodes have opened')
  })

  it('sends one probe at a time for all of them, as rarely as a single breaker would, and closes as a whole', async () => {
    const { run, target, states, nodes } = fleet(8)
    await run(500)
    expect(new Set(states())).toEqual(new Set(['open']))
    expect(await run(10_000)).toBeLessThanOrEqual(5)
    target.up = true
    await run(10_000)
    expect(new Set(states())).toEqual(new Set(['closed']))
    const told = nodes.flatMap(({ events }) => events)
    expect(told.filter((type) => type === 'healed')).toHaveLength(8)
    expect(told).toContain('leads')
  })

  it('goes on when the node that may probe is gone', async () => {
    const { run, target, states, nodes, clock } = fleet(4)
    await run(500)
    while (!nodes.some(({ shared }) => shared.view?.leads)) await clock.advance(50).then(() => run(10))
    const leader = nodes.findIndex(({ shared }) => shared.view?.leads)
    nodes[leader]?.shared[Symbol.dispose]()
    nodes.splice(leader, 1)
    target.up = true
    await run(10_000)
    expect(new Set(states())).toEqual(new Set(['closed']))
  })

  it.each([false, 'hangs'] as const)('whose store is %s goes on alone: opens, probes and closes as without it', async (cut) => {
    const { run, target, states, nodes, reach } = fleet(4)
    await run(500)
    reach.store = cut
    const probes = await run(3500)
    expect(probes).toBeGreaterThanOrEqual(4)
    target.up = true
    await run(5000)
    expect(new Set(states())).toEqual(new Set(['closed']))
    if (cut === false) expect(nodes.every(({ events }) => events.filter((type) => type === 'unreachable').length === 1)).toBe(true)
    target.up = false
    await run(500)
    expect(new Set(states())).toEqual(new Set(['open']))
  })

  it('finds together again when its store is back', async () => {
    const { run, target, states, reach } = fleet(4)
    await run(500)
    reach.store = false
    await run(2000)
    reach.store = true
    await run(500)
    const calm = await run(5000)
    expect(calm).toBeLessThanOrEqual(4)
    target.up = true
    await run(15_000)
    expect(new Set(states())).toEqual(new Set(['closed']))
  })

  it('asks its store nothing within a call, and one thing at a time', async () => {
    const clock = manualClock()
    let [asked, open, most] = [0, 0, 0]
    const inner = memoryStore({ clock })
    const store: VerdictStore = {
      async exchange(report) {
        asked++
        most = Math.max(most, ++open)
        await new Promise<void>((resolve) => clock.after(250, resolve))
        open--
        return inner.exchange(report)
      },
    }
    const breaker = createBreaker({ trip: consecutive(3), clock })
    const shared = share(breaker, { store, intervalMs: 100, clock })
    for (let i = 0; i < 1000; i++) await succeed(breaker)
    expect(asked).toBe(0)
    await failTimes(breaker, 3)
    await clock.advance(2000)
    expect(most).toBe(1)
    shared[Symbol.dispose]()
    await clock.advance(1000)
    expect(clock.pending).toBe(0)
  })

  it('heeds nothing after it was disposed of, and leaves no timer', async () => {
    const { nodes, clock, run, states } = fleet(3)
    for (const { shared } of nodes) shared[Symbol.dispose]()
    expect(clock.pending).toBe(0)
    await run(500)
    expect(new Set(states())).toEqual(new Set(['open']))
    for (const { shared } of nodes) await shared.exchange()
  })

  it('refuses a store that is none', () => {
    expect(() => share(createBreaker(), { store: {} as never })).toThrow(/exchange method/)
    expect(() => share(createBreaker(), { store: memoryStore(), quorum: 2 })).toThrow(/quorum must be a number from/)
    expect(() => redisStore({ client: {} as never })).toThrow(/client must be/)
  })
})

describe('a quorum', () => {
  it('is never a single node where there are others, and never more than all', () => {
    fc.assert(fc.property(fc.integer({ min: 1, max: 1000 }), fc.double({ min: 0.001, max: 1, noNaN: true }), (nodes, share) => {
      const quorum = quorumOf(nodes, share)
      expect(quorum).toBeGreaterThanOrEqual(Math.min(2, nodes))
      expect(quorum).toBeLessThanOrEqual(nodes)
      expect(quorum).toBeGreaterThanOrEqual(share * nodes)
    }))
  })
})

describe('trip', () => {
  it('opens by decision from elsewhere, and changes the wait of what is open already', async () => {
    const breaker = createBreaker({ openMs: 1000, jitter: 0, clock: manualClock() })
    trip(breaker, 'the health check failed')
    expect([breaker.state, breaker.retryAfterMs, explain(breaker).reason]).toEqual(['open', 1000, 'the health check failed'])
    trip(breaker, 'longer', 5000)
    expect([breaker.retryAfterMs, snapshot(breaker).openings]).toEqual([5000, 1])
    expect(() => trip(breaker, 'never', Infinity)).toThrow(/openMs must be a number from/)
    expect(await fail(breaker)).toMatchObject({ code: 'open' })
  })
})

describe('the store in memory', () => {
  let clock = manualClock()
  for (const { name, run } of verdictStoreChecks(() => memoryStore({ clock: (clock = manualClock()) }), (ms) => clock.advance(ms))) it(name, run)
})
