import { describe, expect, test } from 'vitest'

import { aimed, NoProgress, simulate, SimulationFailed, swarm, WorldError } from '../../src/index.ts'
import type { Env, SimulateOptions, World } from '../../src/index.ts'

const failure = async (run: Promise<unknown>): Promise<SimulationFailed> => {
  const error = await run.then(() => expect.unreachable('nothing was found'), (reason: unknown) => reason)
  expect(error).toBeInstanceOf(SimulationFailed)
  return error as SimulationFailed
}

/** A counter on disk that says how far it got; `acked` is what a client has been told. */
interface Counter {
  value: number
  bump(): Promise<number>
}

/** The bug, if planted: the client is told before the disk is synced. */
function counter(env: Env, early: boolean): Promise<Counter> {
  return env.disk.read('n').then((bytes) => {
    const self: Counter = {
      value: bytes?.[0] ?? 0,
      async bump() {
        const told = ++self.value
        await env.disk.write('n', Uint8Array.of(told))
        if (early) void env.disk.sync().catch(() => {})
        else await env.disk.sync()
        return told
      },
    }
    return self
  })
}

function counting(early: boolean): SimulateOptions<Counter> {
  let acked = new Set<number>()
  return {
    nodes: 1,
    forMs: 2000,
    settleMs: 1000,
    build: (env) => counter(env, early),
    workload(world) {
      acked = new Set()
      world.every(50, () => {
        // The client learns the value only if the node lives to tell.
        void world.node('a').value?.bump().then((told) => {
          if (acked.has(told)) world.fail(new Error(`the client was told ${told} twice`))
          acked.add(told)
        }, () => {})
      })
    },
    check(world) {
      if (acked.size > 0) world.sometimes('acknowledged')
    },
  }
}

describe('simulate', () => {
  test('a correct system survives a swarm and a crash at every I/O, and the figures say what it went through', async () => {
    const report = await simulate({ ...counting(false), seeds: 40, faults: swarm({ kinds: ['crash', 'crash-at-io', 'disk-stall', 'pause'] }), sometimes: ['acknowledged'] })
    expect([report.seeds, report.runs]).toEqual([40, 80])
    expect(report.faults['crash']).toBeGreaterThan(10)
    expect(report.virtualMs).toBeGreaterThan(80 * 2000)
    expect(report.events).toBeGreaterThan(1000)
    await simulate({ ...counting(false), faults: aimed(), seeds: 200 })
  })

  test('finds an acknowledgement before the sync, shrinks it to one crash, and replays it', async () => {
    const kinds = ['crash', 'crash-at-io', 'pause', 'step', 'rate', 'coarse', 'freeze'] as const
    const found = await failure(simulate({ ...counting(true), seeds: 200, faults: swarm({ kinds }) }))
    expect(found.failure?.plan.length).toBeLessThan((found.failure?.whole.plan.length ?? 0) / 2)
    expect(found.failure?.plan.some((fault) => fault.kind.startsWith('crash'))).toBe(true)
    expect(found.message).toMatch(/Seed \d+ failed after .* ms: the client was told/)
    expect(found.message).toContain(`Replay: simulate({ ...options, seed: ${found.failure?.seed}`)
    const { seed = 0, plan = [], nodes = [], forMs = 0, hash } = found.failure ?? {}
    const again = await failure(simulate({ ...counting(true), seed, plan, nodes, forMs }))
    expect([again.failure?.hash, again.failure?.plan]).toEqual([hash, plan])
  })

  test('an aimed crash finds it at the first I/O where it can be found', async () => {
    const found = await failure(simulate({ ...counting(true), faults: aimed(), seeds: 200 }))
    expect(found.failure?.plan).toMatchObject([{ kind: 'crash-at-io', node: 'a' }])
    expect(found.report.seeds).toBeLessThan(10)
  })

  test('an aimed campaign ends by itself once a run has no I/O left to crash at', async () => {
    const report = await simulate({ ...counting(false), forMs: 200, faults: aimed(), seeds: 10_000 })
    expect(report.seeds).toBeLessThan(200)
    expect(report.faults['crash-at-io']).toBe(2 * (report.seeds - 1))
  })

  test('demands progress after healing: a sender that never tries again is found', async () => {
    const pinger = (again: boolean): SimulateOptions<{ heard: boolean }> => ({
      nodes: 2,
      forMs: 1000,
      settleMs: 3000,
      faults: swarm({ kinds: ['cut'] }),
      build(env) {
        const self = { heard: false }
        env.net.onMessage((from, bytes) => {
          if (bytes[0] === 0) env.net.send(from, Uint8Array.of(1))
          else self.heard = true
        })
        const ask = (): void => {
          if (self.heard) return
          for (const peer of env.net.peers) env.net.send(peer, Uint8Array.of(0))
          if (again) env.clock.after(100, ask)
        }
        env.clock.after(env.random.integer(0, 900), ask)
        return self
      },
      progress: (world: World<{ heard: boolean }>) => world.nodes.every((node) => node.value?.heard === true),
    })
    await simulate({ ...pinger(true), seeds: 60 })
    const found = await failure(simulate({ ...pinger(false), seeds: 60 }))
    expect(found.cause).toBeInstanceOf(NoProgress)
    expect(found.failure?.plan.every((fault) => fault.kind === 'cut')).toBe(true)
  })

  test('an invariant is asked all the time, and its error carries the instant', async () => {
    const found = await failure(simulate({
      nodes: 1, forMs: 1000, seeds: 1, build: () => ({}),
      invariant: (world: World) => {
        if (world.now >= 500) throw new Error('half a second is too much')
      },
    }))
    expect(found.failure?.atMs).toBe(500)
  })

  test('two runs of a seed that differ are an error of their own', async () => {
    let runs = 0
    const found = await failure(simulate({ nodes: 1, forMs: 100, settleMs: 100, seeds: 3, build: (env) => env.note(`run ${runs++}`) }))
    expect(found.cause).toBeInstanceOf(WorldError)
    expect((found.cause as WorldError).code).toBe('nondeterminism')
  })

  test('a declared state that was never reached fails the campaign by name', async () => {
    const found = await failure(simulate({ ...counting(false), seeds: 2, sometimes: ['acknowledged', 'both disks full'] }))
    expect([found.code, found.unreached]).toEqual(['unreached', ['both disks full']])
    expect(found.message).toContain('2 seeds (4 runs)')
  })

  test('a check that never settles is told, and a check may await the nodes', async () => {
    await simulate({ ...counting(false), seeds: 2, check: async (world: World<Counter>) => void (await world.node('a').value?.bump()) })
    const found = await failure(simulate({ ...counting(false), seeds: 1, check: () => new Promise(() => {}) }))
    expect(found.message).toMatch(/check to settle within 60 000 ms/)
  })

  test('wrong use is refused at the door', async () => {
    await expect(simulate({ build: () => 1, seeds: 0 })).rejects.toThrow(RangeError)
    await expect(simulate({ build: () => 1, seed: 0.5 })).rejects.toThrow(RangeError)
    await expect(simulate({ built: () => 1 } as never)).rejects.toThrow(/known fields only, got 'built'/)
    await expect(simulate({} as never)).rejects.toThrow(/build to be a function/)
  })
})
