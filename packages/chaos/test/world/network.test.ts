import { describe, expect, test } from 'vitest'

import { createWorld } from '../../src/index.ts'
import type { NetworkWeather } from '../../src/index.ts'

/** A thousand numbered messages from a to b, one a millisecond, and what b got. */
async function sent(network: Partial<NetworkWeather>, meanwhile: (world: ReturnType<typeof createWorld<number[]>>) => void = () => {}) {
  const world = createWorld<number[]>({ seed: 'network', nodes: 2, network })
  const at: number[] = []
  world.node('b').start((env) => {
    const got: number[] = []
    env.net.onMessage((_from, bytes) => {
      got.push(((bytes[0] ?? 0) << 8) | (bytes[1] ?? 0))
      at.push(world.now)
    })
    return got
  })
  let next = 0
  const ticking = world.every(1, () => {
    world.node('a').env.net.send('b', Uint8Array.of(next >> 8, next & 255))
    if (++next === 1000) ticking[Symbol.dispose]()
  })
  meanwhile(world)
  await world.run(60_000)
  return { got: world.node('b').value ?? [], at, counts: world.network.counts }
}

const upTo = (end: number, from = 0): number[] => Array.from({ length: end - from }, (_, at) => from + at)

describe('the network of a world', () => {
  test('delivers everything once and, without a tail, in order', async () => {
    const { got, at } = await sent({ latencyMs: 10, jitterMs: 0 })
    expect(got).toEqual(upTo(1000))
    expect(at[0]).toBe(11)
  })

  test('its tail alone lets messages overtake each other', async () => {
    const { got } = await sent({ jitterMs: 20 })
    expect(got).not.toEqual(upTo(1000))
    expect(got.toSorted((one, other) => one - other)).toEqual(upTo(1000))
  })

  test('loses, duplicates, holds back and damages the shares that it was told to', async () => {
    const { got, counts } = await sent({ loss: 0.2, duplicate: 0.3, reorder: 0.1, corrupt: 0.5 })
    expect(counts.lost).toBeGreaterThan(150)
    expect(counts.lost).toBeLessThan(250)
    expect(counts.duplicated / 800).toBeCloseTo(0.3, 1)
    expect(counts.held / 800).toBeCloseTo(0.1, 1)
    expect(counts.corrupted / 800).toBeCloseTo(0.5, 1)
    expect(got.length).toBe(1000 - counts.lost + counts.duplicated)
  })

  test('a cut is one way, loses what is under way, and two that overlap need two releases', async () => {
    const { got } = await sent({ latencyMs: 50, jitterMs: 0 }, (world) => {
      world.after(100.5, () => {
        const [first, second] = [world.network.cut('a', 'b'), world.network.cut('a', 'b')]
        world.after(100, first)
        world.after(100, first)
        world.after(200, second)
      })
    })
    expect(got).toEqual([...upTo(50), ...upTo(1000, 300)])
    expect((await sent({ jitterMs: 0 }, (world) => void world.network.cut('b', 'a'))).got).toHaveLength(1000)
  })

  test('a clog delays everything and loses nothing, in order', async () => {
    const { got, at } = await sent({ jitterMs: 0 }, (world) => {
      world.after(100, () => void world.after(500.5, world.network.clog('a', 'b')))
    })
    expect(got).toEqual(upTo(1000))
    expect(at.filter((ms) => ms > 101 && ms < 600.5)).toEqual([])
  })

  test('a narrow link queues what it cannot carry, and drops what does not fit in the queue', async () => {
    const narrow = await sent({ jitterMs: 0, bytesPerMs: 1 })
    expect([narrow.got.length, Math.round(narrow.at.at(-1) ?? 0)]).toEqual([1000, 2002])
    const full = await sent({ jitterMs: 0, bytesPerMs: 1, maxQueued: 10 })
    expect(full.counts.dropped).toBeGreaterThan(400)
    expect(full.got.length + full.counts.dropped).toBe(1000)
  })

  test('what queued at a narrow link goes on at the new rate as soon as the link is wide again, in order', async () => {
    // 2 bytes each, one a millisecond: at 0.001 bytes a millisecond the first alone would take two seconds.
    const { got, at } = await sent({ jitterMs: 0 }, (world) => {
      world.after(100.5, () => world.network.set({ bytesPerMs: 0.001 }))
      world.after(600.5, () => world.network.set({ bytesPerMs: 100 }))
      world.after(700.5, () => world.network.set({ bytesPerMs: Infinity }))
    })
    expect(got).toEqual(upTo(1000))
    expect(at.filter((ms) => ms > 102 && ms < 600)).toEqual([])
    expect(at.filter((ms) => ms > 600 && ms < 613).length).toBeGreaterThan(500)
    expect(at.at(-1)).toBeLessThan(1010)
  })

  test('turning one fault on leaves the fate of the others where it was', async () => {
    const lost = (got: readonly number[]): number[] => upTo(1000).filter((number) => !got.includes(number))
    expect(lost((await sent({ loss: 0.1, duplicate: 0.5, reorder: 0.5 })).got)).toEqual(lost((await sent({ loss: 0.1 })).got))
  })

  test('wrong weather is refused and changes nothing', () => {
    const { network } = createWorld({ seed: 1 })
    expect(() => network.set({ loss: 0.5, latencyMs: -1 })).toThrow(/network.latencyMs/)
    expect(() => network.set({ lost: 1 } as object)).toThrow(/known fields only, got 'lost'/)
    expect(() => network.set({ bytesPerMs: 0 })).toThrow(/Cut the link/)
    expect(network.current.loss).toBe(0)
  })
})
