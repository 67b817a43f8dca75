import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'

import { swarmPlan } from '../../src/core/plan.ts'
import { createRandom, createWorld, faultKinds } from '../../src/index.ts'
import type { Fault } from '../../src/index.ts'
import { shrink } from '../../src/simulate/shrink.ts'
import { strikeAll } from '../../src/simulate/strike.ts'

const nodes = ['a', 'b', 'c']
const planOf = (seed: number, forMs = 60_000) => swarmPlan(createRandom(seed), nodes, forMs)

describe('a swarm plan', () => {
  test('is data in order of time, within the run, and names nodes that exist', () => {
    fc.assert(fc.property(fc.integer(), fc.integer({ min: 100, max: 1e6 }), (seed, forMs) => {
      const plan = planOf(seed, forMs)
      expect(JSON.parse(JSON.stringify(plan))).toEqual(plan)
      expect(plan.map((fault) => fault.atMs)).toEqual(plan.map((fault) => fault.atMs).sort((one, other) => one - other))
      for (const fault of plan) {
        expect(fault.atMs >= 0 && fault.forMs >= 0 && fault.atMs <= forMs).toBe(true)
        for (const name of [fault.node, fault.to]) expect(name === undefined || nodes.includes(name)).toBe(true)
        expect(fault.node === fault.to && fault.node !== undefined).toBe(false)
      }
    }))
  })

  test('turns each kind wholly off in about half of the runs', () => {
    const runs = 400
    const on = new Map<string, number>()
    for (let seed = 0; seed < runs; seed++) for (const kind of new Set(planOf(seed).map((fault) => fault.kind))) on.set(kind, (on.get(kind) ?? 0) + 1)
    for (const kind of faultKinds) expect(Math.abs((on.get(kind) ?? 0) - runs / 2), kind).toBeLessThan(50)
  })

  test('leaving one kind out does not change what the others do', () => {
    const kinds = faultKinds.filter((kind) => kind !== 'cut')
    for (let seed = 0; seed < 20; seed++) {
      expect(swarmPlan(createRandom(seed), nodes, 1e4, { kinds })).toEqual(planOf(seed, 1e4).filter((fault) => fault.kind !== 'cut'))
    }
  })
})

describe('striking', () => {
  test('every kind does what it says, and healing undoes it', async () => {
    const world = createWorld({ seed: 1, nodes: 2 })
    const fair = world.network.current
    const of = (fault: Partial<Fault> & Pick<Fault, 'kind'>): Fault => ({ atMs: 10, forMs: 1e9, node: 'a', ...fault })
    const striker = strikeAll(world, [
      of({ kind: 'loss', amount: 0.2 }), of({ kind: 'loss', amount: 0.1 }), of({ kind: 'slow', amount: 50 }), of({ kind: 'slow', amount: 5 }), of({ kind: 'narrow', amount: 1 }),
      of({ kind: 'disk-errors', amount: 0.5 }), of({ kind: 'disk-full' }), of({ kind: 'disk-stall', amount: 7 }),
      of({ kind: 'step', amount: 5000 }), of({ kind: 'rate', amount: 1e6 }), of({ kind: 'crash', node: 'b' }), of({ kind: 'crash-at-io', io: 900 }),
    ])
    await world.run(20)
    expect(world.network.current).toMatchObject({ loss: 0.2, latencyMs: 56, bytesPerMs: 1 })
    expect(world.node('a').disk.current).toMatchObject({ errors: 0.5, full: true, stallMs: 7 })
    expect(world.node('a').env.clock.monotonic()).toBe(30)
    expect(world.node('b').up).toBe(false)
    striker.heal()
    expect(world.network.current).toEqual(fair)
    expect(world.node('a').disk.current).toMatchObject({ errors: 0, full: false, stallMs: 0 })
    expect(world.node('b').up).toBe(true)
    await world.run(10)
    expect(world.node('a').env.clock.monotonic()).toBe(40)
    expect(Object.fromEntries(striker.struck)).toEqual({ loss: 2, slow: 2, narrow: 1, 'disk-errors': 1, 'disk-full': 1, 'disk-stall': 1, step: 1, rate: 1, crash: 1 })
  })

  test('faults that overlap end one by one', async () => {
    const world = createWorld({ seed: 1, nodes: 2 })
    strikeAll(world, [{ kind: 'loss', atMs: 0, forMs: 30, amount: 0.1 }, { kind: 'loss', atMs: 10, forMs: 10, amount: 0.3 }])
    const seen: number[] = []
    for (const ms of [5, 10, 10, 10]) {
      await world.run(ms)
      seen.push(world.network.current.loss)
    }
    expect(seen).toEqual([0.1, 0.3, 0.1, 0])
  })
})

describe('shrinking', () => {
  const fault = (atMs: number, node = 'a'): Fault => ({ kind: 'pause', atMs, forMs: 1, node })

  test('finds the smallest plan when a set of faults is needed together', async () => {
    await fc.assert(fc.asyncProperty(fc.uniqueArray(fc.integer({ min: 0, max: 63 }), { maxLength: 4 }), async (needed) => {
      const plan = Array.from({ length: 64 }, (_, at) => fault(at))
      const fails = async (smaller: { plan: readonly Fault[] }): Promise<boolean> => needed.every((at) => smaller.plan.some((kept) => kept.atMs === at))
      const small = await shrink({ plan, nodes, forMs: 1000 }, fails, 1000)
      expect(small.plan.map((kept) => kept.atMs)).toEqual(needed.toSorted((one, other) => one - other))
      expect(small.nodes).toEqual(['a'])
    }), { numRuns: 40 })
  })

  test('keeps the nodes and the time that the failure needs', async () => {
    const fails = async (smaller: { nodes: readonly string[]; forMs: number }): Promise<boolean> => smaller.nodes.includes('b') && smaller.forMs >= 130
    const small = await shrink({ plan: [fault(1, 'c')], nodes, forMs: 1000 }, fails, 1000)
    expect([small.nodes, small.plan]).toEqual([['a', 'b'], []])
    expect(small.forMs).toBeLessThan(260)
  })

  test('stops at its limit of runs', async () => {
    let runs = 0
    await shrink({ plan: Array.from({ length: 64 }, (_, at) => fault(at)), nodes, forMs: 1e9 }, async () => (runs++, false), 10)
    expect(runs).toBe(10)
  })
})
