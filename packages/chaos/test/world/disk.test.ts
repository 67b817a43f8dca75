import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'

import { survivors } from '../../src/core/disk-crash.ts'
import { createRandom, createWorld } from '../../src/index.ts'
import type { Disk, DiskError } from '../../src/index.ts'

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text)
const text = (bytes: Uint8Array | undefined): string | undefined => bytes && new TextDecoder().decode(bytes)

/** Runs `body` on node a's disk in virtual time and gives what it gave. */
async function onDisk<T>(world: ReturnType<typeof createWorld>, body: (disk: Disk) => Promise<T>): Promise<T> {
  let outcome: Promise<T> | undefined
  world.after(0, () => void (outcome = body(world.node('a').env.disk)))
  await world.run(10_000)
  return outcome as Promise<T>
}

describe('the disk of a world', () => {
  test('reads what was written at once, as copies, also before a sync', async () => {
    const bytes = utf8('value')
    const read = await onDisk(createWorld({ seed: 1 }), async (disk) => {
      void disk.write('key', bytes)
      bytes.fill(0)
      const first = await disk.read('key')
      first?.fill(1)
      return [text(await disk.read('key')), await disk.read('nothing'), await disk.keys()]
    })
    expect(read).toEqual(['value', undefined, ['key']])
  })

  test('keeps what was synced through every crash, and of the rest a state that a disk may leave', async () => {
    const seen = new Set<string | undefined>()
    for (let seed = 0; seed < 200; seed++) {
      const world = createWorld({ seed, nodes: 1 })
      await onDisk(world, async (disk) => {
        await disk.write('key', utf8('old!'))
        await disk.sync()
        await disk.write('key', utf8('NEW'))
        await disk.write('other', utf8('x'))
      })
      world.node('a').crash()
      world.node('a').restart()
      const [key, other] = await onDisk(world, async (disk) => [text(await disk.read('key')), text(await disk.read('other'))])
      seen.add(`${key} ${other}`)
    }
    // All or nothing, a prefix, a torn write over the old bytes, and the later write without the earlier.
    for (const state of ['old! undefined', 'NEW undefined', 'NEW x', 'NEW! undefined', 'Nld! undefined', 'old! x']) expect([...seen]).toContain(state)
    for (const state of seen) expect(state).toMatch(/^(old!|Nld!|NEd!|NEW!|NEW) (undefined|x|)$/)
  })

  test('a sync covers what was written before it was called, and nothing that came while it ran', async () => {
    for (let seed = 0; seed < 40; seed++) {
      const world = createWorld({ seed, nodes: 1 })
      await onDisk(world, async (disk) => {
        await disk.write('before', utf8('1'))
        const syncing = disk.sync()
        void disk.write('during', utf8('2'))
        await syncing
        world.node('a').crash()
      })
      world.node('a').restart()
      expect(await onDisk(world, async (disk) => text(await disk.read('before')))).toBe('1')
    }
  })

  test('a crash during a sync leaves the whole of it to chance', async () => {
    const kept = new Set<string | undefined>()
    for (let seed = 0; seed < 40; seed++) {
      const world = createWorld({ seed, nodes: 1 })
      await onDisk(world, async (disk) => {
        await disk.write('key', utf8('1'))
        void disk.sync()
        world.node('a').crash()
      })
      world.node('a').restart()
      kept.add(await onDisk(world, async (disk) => text(await disk.read('key'))))
    }
    expect(kept.has('1') && kept.has(undefined)).toBe(true)
  })

  test('fails reads and syncs, runs out of room, and stalls, as told', async () => {
    const world = createWorld({ seed: 1, nodes: 1 })
    const code = (work: Promise<unknown>): Promise<string> => work.then(() => 'fine', (error: DiskError) => error.code)
    world.node('a').disk.set({ errors: 1 })
    expect(await onDisk(world, async (disk) => [await code(disk.read('x')), await code(disk.sync()), await code(disk.write('x', utf8('1')))])).toEqual(['EIO', 'EIO', 'fine'])
    world.node('a').disk.set({ errors: 0, capacityBytes: 3 })
    expect(await onDisk(world, async (disk) => [await code(disk.write('y', utf8('ab'))), await code(disk.write('z', utf8('c'))), await code(disk.write('y', utf8('')))])).toEqual(['fine', 'ENOSPC', 'fine'])
    world.node('a').disk.set({ full: true, stallMs: 5000 })
    const before = world.now
    expect(await onDisk(world, async (disk) => [await code(disk.write('z', utf8('c'))), await code(disk.sync()), world.now - before > 5000])).toEqual(['ENOSPC', 'fine', true])
  })

  test('survivors are writes of the pending list, possibly torn, whatever the dice', () => {
    const write = fc.record({ key: fc.constantFrom('a', 'b', 'c'), bytes: fc.option(fc.uint8Array({ maxLength: 6 }), { nil: undefined }) })
    fc.assert(fc.property(fc.array(write, { maxLength: 6 }), fc.integer(), (pending, seed) => {
      const left = survivors(pending, new Map([['a', Uint8Array.of(9, 9, 9)]]), createRandom(seed))
      expect(left.length).toBeLessThanOrEqual(pending.length)
      expect(left.filter((one) => !(pending as unknown[]).includes(one)).length).toBeLessThanOrEqual(1)
      for (const one of left) expect(pending.some((before) => before.key === one.key)).toBe(true)
    }))
  })
})
