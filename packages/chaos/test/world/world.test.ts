import { readFile } from 'node:fs/promises'

import { describe, expect, test } from 'vitest'

import { createWorld, WorldError } from '../../src/index.ts'
import type { Env, NetworkWeather } from '../../src/index.ts'

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text)
const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes)
const failing = async (run: Promise<void>): Promise<WorldError> => {
  const error = await run.then(() => expect.unreachable('the run ended well'), (reason: unknown) => reason)
  expect(error).toBeInstanceOf(WorldError)
  return error as WorldError
}

/** Three nodes that gossip, sleep, write and draw. */
function gossip(seed: number, network: Partial<NetworkWeather> = {}) {
  const world = createWorld<number[]>({ seed, network: { loss: 0.1, duplicate: 0.1, reorder: 0.1, corrupt: 0.1, ...network } })
  for (const node of world.nodes) {
    node.start(async (env) => {
      const seen: number[] = []
      env.net.onMessage(async (_from, bytes) => {
        await env.disk.write('last', bytes)
        await env.disk.sync()
        seen.push(bytes[0] ?? -1)
      })
      void (async () => {
        for (;;) {
          await env.sleep(env.random.integer(1, 50))
          for (const peer of env.net.peers) env.net.send(peer, Uint8Array.of(env.random.integer(0, 255)))
        }
      })()
      return seen
    })
  }
  return world
}

describe('a world', () => {
  test('is decided by its seed: equal seeds give equal traces, other seeds others', async () => {
    const hashes = []
    for (const seed of [1, 1, 2]) {
      const world = gossip(seed)
      await world.run(20_000)
      hashes.push(`${world.hash} ${world.events} ${JSON.stringify(world.network.counts)}`)
    }
    expect(hashes[0]).toBe(hashes[1])
    expect(hashes[0]).not.toBe(hashes[2])
  })

  test('runs the same in one stretch as in many', async () => {
    const [once, often] = [gossip(5), gossip(5)]
    await once.run(3000)
    for (let part = 0; part < 30; part++) await often.run(100)
    expect([often.hash, often.now]).toEqual([once.hash, once.now])
  })

  test('settles every promise of a turn before the next, however long the chain', async () => {
    const world = createWorld({ seed: 1, nodes: 1 })
    const order: string[] = []
    world.node('a').start((env) => {
      env.clock.after(10, async () => {
        for (let hop = 0; hop < 5000; hop++) await undefined
        order.push(`chain at ${env.clock.monotonic()}`)
      })
      env.clock.after(10, () => void order.push('next turn'))
    })
    await world.run(20)
    expect(order).toEqual(['chain at 10', 'next turn'])
  })

  test('copies messages, so that nodes can share nothing', async () => {
    const world = createWorld<Uint8Array[]>({ seed: 1, nodes: 2 })
    const sent = utf8('before')
    world.node('b').start((env) => {
      const got: Uint8Array[] = []
      env.net.onMessage((_from, bytes) => void got.push(bytes))
      return got
    })
    world.node('a').env.net.send('b', sent)
    sent.fill(0)
    await world.run(5000)
    expect(world.node('b').value?.map(text)).toEqual(['before'])
  })

  test('what spreads from an env is a clock and randomness, and nothing that a package would not know', () => {
    const { env } = createWorld({ seed: 1 }).node('a')
    expect(Object.keys({ ...env })).toEqual(['clock', 'random'])
    expect([env.name, env.life, env.net.peers]).toEqual(['a', 1, ['b', 'c']])
  })

  test('after and every run on true time, and a rejection there fails the world', async () => {
    const world = createWorld({ seed: 1, clock: () => ({ ratePpm: 500_000, offsetMs: -9 }) })
    const at: number[] = []
    const ticking = world.every(100, () => void at.push(world.now))
    world.after(250, () => ticking[Symbol.dispose]())
    await world.run(1000)
    expect(at).toEqual([100, 200])
    world.after(1, async () => {
      throw new Error('the check did not hold')
    })
    await expect(world.run(10)).rejects.toThrow('the check did not hold')
    expect(world.now).toBe(1001)
  })

  test('run stops early once enough is enough', async () => {
    const world = createWorld({ seed: 1 })
    let ticks = 0
    world.every(10, () => ticks++)
    await world.run(1000, () => ticks === 3)
    expect(world.now).toBe(30)
  })

  test('names what it does not know', async () => {
    const world = createWorld({ seed: 1, nodes: ['lyon', 'oslo'] })
    expect(() => world.node('rome')).toThrow(/one of the nodes lyon, oslo, got 'rome'/)
    expect(() => world.node('lyon').env.net.send('rome', utf8('x'))).toThrow(/got 'rome'/)
    expect(() => createWorld({ seed: 1, nodes: ['a', 'a'] })).toThrow(/different names/)
    expect(() => createWorld({ seed: 1, nodes: 0 })).toThrow(RangeError)
    expect(() => createWorld({ seed: 1, sead: 2 } as never)).toThrow(/got 'sead'/)
    expect(() => createWorld({ seed: Number.NaN })).toThrow(/seed/)
  })
})

describe('nothing real leaks in', () => {
  const uses: Record<string, (env: Env) => unknown> = {
    'Date.now()': () => Date.now(),
    'new Date()': () => new Date(),
    'Math.random()': () => Math.random(),
    'performance.now()': () => performance.now(),
    'setTimeout()': () => setTimeout(() => {}, 1),
    'setImmediate()': () => setImmediate(() => {}),
    'crypto.randomUUID()': () => crypto.randomUUID(),
    'fetch()': () => fetch('http://127.0.0.1:1/'),
  }

  test.each(Object.keys(uses))('%s inside a turn ends the run with an error that says whose it was', async (name) => {
    const world = createWorld({ seed: 1 })
    world.node('b').start((env) => void env.clock.after(5, async () => {
      await undefined
      uses[name]?.(env)
    }))
    const error = await failing(world.run(100))
    expect([error.code, error.node]).toEqual(['leak', 'b'])
    expect(error.message).toContain(`node 'b' to live in the simulation only, but it called ${name}`)
    expect(Date.now()).toBeGreaterThan(0)
  })

  test('a date of the past and a promise of its own are no leak', async () => {
    const world = createWorld({ seed: 1 })
    world.node('a').start((env) => void env.clock.after(5, () => Promise.resolve().then(() => new Date(5).getTime())))
    await world.run(100)
  })

  test('a macrotask from outside that wakes a node ends the run with an error that says whose it was', async () => {
    const world = createWorld({ seed: 1 })
    world.node('c').start((env) => void env.clock.after(5, async () => {
      await readFile(new URL(import.meta.url))
      env.net.send('a', utf8('read a real file'))
    }))
    world.every(1, () => {})
    const error = await failing(world.run(10_000_000))
    expect([error.code, error.node]).toEqual(['leak', 'c'])
    expect(error.message).toMatch(/node 'c' \(life 1\) to be woken by the simulation only, but it called net.send to 'a'/)
  })

  test('a list of ambient names lets these and no others', async () => {
    const world = createWorld({ seed: 1, ambient: ['performance.now()'] })
    world.node('a').start((env) => void env.clock.after(5, () => {
      performance.now()
      Math.random()
    }))
    const error = await failing(world.run(100))
    expect(error.message).toContain('Math.random()')
  })

  test('what a program begins before the run is no intruder', async () => {
    const world = createWorld({ seed: 1, nodes: 1 })
    const slept = Promise.resolve().then(() => world.node('a').env.sleep(10))
    await world.run(20)
    await slept
  })

  test('timers of no time without end are told instead of running for ever', async () => {
    const world = createWorld({ seed: 1, nodes: 1 })
    world.node('a').start((env) => {
      const again = (): void => void env.clock.after(0, again)
      again()
    })
    const error = await failing(world.run(10))
    expect([error.code, error.node]).toEqual(['stuck', 'a'])
  })

  test("ambient: 'allow' lets it, and the globals are themselves again after every run", async () => {
    const real = { Date, random: Math.random, setTimeout }
    const world = createWorld({ seed: 1, ambient: 'allow' })
    world.after(1, () => Math.random())
    await world.run(10)
    await createWorld({ seed: 1 }).run(10)
    expect({ Date, random: Math.random, setTimeout }).toEqual(real)
  })
})

describe('lives', () => {
  test('a crash ends timers, sleeps, listeners and disk operations; the next life starts with the same disk', async () => {
    const world = createWorld<string[]>({ seed: 1, nodes: 2 })
    const effects: string[] = []
    world.node('a').start(async (env) => {
      const me = `life ${env.life}`
      env.net.onMessage(() => void effects.push(`${me} hears`))
      env.clock.after(50, () => effects.push(`${me} timer`))
      void env.sleep(50).then(() => effects.push(`${me} slept`))
      const before = await env.disk.read('who')
      effects.push(`${me} reads ${before && text(before)}`)
      await env.disk.write('who', utf8(me))
      await env.disk.sync()
      return []
    })
    await world.run(20)
    world.node('b').env.net.send('a', utf8('late'))
    world.node('a').crash()
    expect([world.node('a').up, world.node('a').value]).toEqual([false, undefined])
    await world.run(1000)
    world.node('a').restart()
    await world.run(1000)
    expect(effects).toEqual(['life 1 reads undefined', 'life 2 reads life 1', 'life 2 timer', 'life 2 slept'])
    expect(world.node('a').life).toBe(2)
  })

  test('a message of an earlier life is delivered to the later one', async () => {
    const world = createWorld<string[]>({ seed: 1, nodes: 2, network: { latencyMs: 500, jitterMs: 0 } })
    world.node('b').start((env) => {
      const got: string[] = []
      env.net.onMessage((_from, bytes) => void got.push(text(bytes)))
      return got
    })
    world.node('a').env.net.send('b', utf8('from the past'))
    await world.run(100)
    world.node('b').crash()
    world.node('b').restart()
    await world.run(1000)
    expect(world.node('b').value).toEqual(['from the past'])
  })

  test('what a node does in the turn of its crash is without effect; what it does later is an error of the harness', async () => {
    const world = createWorld({ seed: 1, nodes: 2 })
    let ghost = (): void => {}
    world.node('a').start((env) => {
      ghost = () => env.net.send('b', utf8('boo'))
      env.clock.after(5, () => {
        world.node('a').crash()
        ghost()
      })
    })
    await world.run(10)
    expect(world.network.counts.sent).toBe(0)
    world.after(5, () => ghost())
    const error = await failing(world.run(10))
    expect([error.code, error.node]).toEqual(['zombie', 'a'])
    expect(error.message).toMatch(/life 1 of node 'a' to be silent after its crash, but it called net.send to 'b'/)
  })

  test('an error that a node does not catch fails the run with its name, also from a promise nobody holds', async () => {
    for (const boom of [
      (env: Env) => env.clock.after(1, () => { throw new Error('boom') }),
      (env: Env) => env.net.onMessage(async () => { throw new Error('boom') }),
      async (env: Env) => env.sleep(1).then(() => { throw new Error('boom') }),
    ]) {
      const world = createWorld({ seed: 1, nodes: 2 })
      world.node('a').start((env) => boom(env))
      world.node('b').env.net.send('a', utf8('x'))
      const error = await failing(world.run(1000))
      expect([error.code, error.node, (error.cause as Error).message]).toEqual(['uncaught', 'a', 'boom'])
    }
  })

  test('a paused node loses nothing and is late with everything', async () => {
    const world = createWorld<string[]>({ seed: 1, nodes: 2, network: { jitterMs: 0 } })
    const at: string[] = []
    world.node('a').start((env) => {
      env.clock.after(10, () => void at.push(`timer ${world.now}`))
      const cancelled = env.clock.after(10, () => void at.push('cancelled'))
      env.clock.after(5, () => cancelled.cancel())
      env.net.onMessage(() => void at.push(`message ${world.now}`))
      return at
    })
    world.node('b').env.net.send('a', utf8('x'))
    world.after(0, () => world.node('a').pause(100))
    await world.run(200)
    expect(at).toEqual(['message 100', 'timer 100'])
  })

  test('is struck as a chosen I/O operation begins: a crash there cancels it', async () => {
    for (const [io, expected] of [[1, []], [2, ['written']], [3, ['written', 'synced']]] as const) {
      const world = createWorld({ seed: 1, nodes: 2 })
      const node = world.node('a')
      const done: string[] = []
      node.atIo(io, () => node.crash())
      node.start(async (env) => {
        await env.disk.write('x', utf8('1'))
        done.push('written')
        await env.disk.sync()
        done.push('synced')
        env.net.send('b', utf8('all is well'))
      })
      await world.run(100)
      expect([done, node.io, world.network.counts.sent]).toEqual([expected, io, 0])
      expect(() => node.atIo(io, () => {})).toThrow(RangeError)
    }
  })

  test('an effect on a thing outside happens although the node dies before it hears', async () => {
    const world = createWorld({ seed: 1, nodes: 1 })
    const told: string[] = []
    let effects = 0
    world.node('a').start((env) => {
      void env.effect('charge', () => ++effects, 100).then(() => told.push('heard'))
      void env.effect('refuse', () => Promise.reject(new Error('no')), 10).catch((error: Error) => told.push(error.message))
    })
    world.after(99, () => world.node('a').crash())
    await world.run(1000)
    expect([effects, told]).toEqual([1, ['no']])
  })

  test('fail ends the run with the error of a test, which nobody else could catch', async () => {
    const world = createWorld({ seed: 1, nodes: 1 })
    world.node('a').start((env) => void env.clock.after(5, () => {
      try {
        throw new Error('found in a callback of the system under test')
      } catch (error) {
        env.fail(error)
      }
    }))
    expect((await failing(world.run(10))).message).toContain('found in a callback')
  })

  test('a node that dies of its disk is started again by its supervisor', async () => {
    const world = createWorld<number>({ seed: 3, nodes: 1 })
    world.node('a').disk.set({ errors: 1 })
    world.after(100, () => world.node('a').disk.set({ errors: 0 }))
    world.node('a').start(async (env) => {
      await env.disk.read('x')
      return env.life
    })
    await world.run(1000)
    expect(world.node('a').value).toBeGreaterThan(2)
  })
})
