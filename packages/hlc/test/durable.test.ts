import { describe, expect, test } from 'vitest'
import { compare, type ClockEvent, type Stamp } from '../src/index.ts'
import { ConflictError, createDurableClock, StoreError, type DurableClockOptions } from '../src/adapters/durable.ts'
import { steppingClock } from '../src/adapters/testing.ts'
import { createDisk, settle } from './model/disk.ts'

const WALL = 1_000_000
const open = (options: Partial<DurableClockOptions> & Pick<DurableClockOptions, 'store'>) => createDurableClock({ node: 'a', ...options })

function errorOf(run: () => unknown): unknown {
  try {
    run()
  } catch (error) {
    return error
  }
  throw new Error('expected an error, got none')
}

describe('a durable clock', () => {
  test('saves a window before its first stamp and lets nothing out above it', async () => {
    const [wall, disk] = [steppingClock(WALL), createDisk()]
    const clock = await open({ store: disk, clock: wall })
    expect(disk.mark).toBe(WALL + 10_000)
    expect(clock.now()).toEqual({ ms: WALL, count: 0, node: 'a' })
  })

  test('renews its window at half, by itself, also while nobody asks for stamps', async () => {
    const [wall, disk] = [steppingClock(WALL), createDisk()]
    const clock = await open({ store: disk, clock: wall })
    for (let i = 0; i < 20; i++) {
      wall.advance(5000)
      await settle()
    }
    expect(disk.mark).toBe(WALL + 110_000)
    expect(clock.now().ms).toBe(WALL + 100_000)
  })

  test('never waits: a renewal under way costs a call nothing', async () => {
    const [wall, disk] = [steppingClock(WALL), createDisk()]
    const clock = await open({ store: disk, clock: wall })
    disk.automatic = false
    wall.advance(9_999)
    expect(disk.pending).toBe(1)
    expect(clock.now().ms).toBe(WALL + 9_999)
  })

  test('comes after everything of a life that crashed, with the wall clock set back a day', async () => {
    const [wall, disk] = [steppingClock(WALL * 1000), createDisk()]
    const before = (await open({ store: disk, clock: wall })).reserve(100_000).last
    wall.set(wall.now() - 86_400_000)
    const clock = await open({ store: disk, clock: wall })
    expect(compare(before, clock.now())).toBe(-1)
  })

  test('begins where it was after a clean close, with no lead', async () => {
    const [wall, disk] = [steppingClock(WALL), createDisk()]
    const clock = await open({ store: disk, clock: wall })
    const last = clock.now()
    await clock.close()
    expect(disk.mark).toBe(WALL + 1)
    const next = await open({ store: disk, clock: wall })
    expect(next.now().ms - last.ms).toBe(1)
    expect((errorOf(() => clock.now()) as StoreError).message).toContain('the clock is closed')
  })

  test('keeps its lead small through a hundred crashes in one second', async () => {
    const [wall, disk] = [steppingClock(WALL), createDisk()]
    for (let life = 0; life < 100; life++) {
      const clock = await open({ store: disk, clock: wall })
      clock.now()
      wall.advance(10)
    }
    expect(disk.mark! - wall.now()).toBeLessThan(10_000 + 100 * 64)
  })

  test('is a whole hybrid clock: receives, refuses drift, reserves, leads, tells', async () => {
    const wall = steppingClock(WALL)
    const clock = await open({ store: createDisk(), clock: wall, maxDriftMs: 500 })
    const events: ClockEvent[] = []
    clock.onEvent((event) => events.push(event))
    expect(clock.receive({ ms: WALL + 500, count: 3, node: 'b' })).toEqual({ ms: WALL + 500, count: 4, node: 'a' })
    expect(() => clock.receive({ ms: WALL + 501, count: 0, node: 'b' })).toThrow('501 ms ahead')
    expect([clock.leadMs, clock.reserve(3).size, events[0]?.type]).toEqual([500, 3, 'refused'])
  })
})

describe('the window is kept against the stamp about to leave', () => {
  test('a receive that jumps over the whole window is refused with the clock unmoved, and accepted once the window has followed', async () => {
    const [wall, disk] = [steppingClock(WALL), createDisk()]
    const clock = await open({ store: disk, clock: wall, aheadMs: 1000 })
    disk.automatic = false
    const before = clock.now()
    const remote: Stamp = { ms: WALL + 50_000, count: 0, node: 'b' }
    expect(errorOf(() => clock.receive(remote))).toMatchObject({ code: 'store', operation: 'save' })
    expect(clock.peek()).toEqual(before)
    expect(clock.now().ms).toBe(WALL)
    await disk.done()
    expect(clock.receive(remote).ms).toBe(WALL + 50_000)
    expect(disk.mark).toBeGreaterThan(WALL + 50_000)
  })

  test('a carry that crosses the mark is refused too', async () => {
    const [wall, disk] = [steppingClock(WALL), createDisk()]
    const clock = await open({ store: disk, clock: wall, aheadMs: 1000 })
    disk.automatic = false
    expect(errorOf(() => clock.reserve(65_536 * 1001))).toBeInstanceOf(TypeError)
    expect(errorOf(() => {
      for (let i = 0; i < 5; i++) clock.reserve(65_536 * 250)
    })).toBeInstanceOf(StoreError)
    expect(clock.peek().ms).toBeLessThan(disk.mark!)
  })
})

test('the window is extended from the state of the clock: one that wakes at its mark with the wall set back is not silent for ever', async () => {
  const [wall, disk] = [steppingClock(WALL), createDisk(WALL + 3_600_000)]
  const clock = await open({ store: disk, clock: wall })
  for (let stamps = 0; stamps < 100; stamps++) {
    expect(clock.reserve(65_536).first.ms).toBe(WALL + 3_600_000 + stamps)
    await settle()
  }
  expect(disk.mark).toBeGreaterThan(WALL + 3_600_000 + 100)
})

test('the mark never falls while the clock runs: not by a wall set back and a save whose answer was lost', async () => {
  const [wall, disk] = [steppingClock(WALL), createDisk()]
  const clock = await open({ store: disk, clock: wall })
  disk.automatic = false
  clock.now()
  wall.set(WALL - 15_000)
  wall.advance(5000)
  await disk.fail(true)
  expect(clock.reserve(65_536 * 100).last.ms).toBeLessThan(disk.mark!)
})

describe('a store that fails', () => {
  test('is tried again with growing pauses, while the clock lives on what is left of its window', async () => {
    const [wall, disk] = [steppingClock(WALL), createDisk()]
    const clock = await open({ store: disk, clock: wall, aheadMs: 20_000 })
    const pauses: number[] = []
    clock.onEvent((event) => event.type === 'save-failed' && pauses.push(event.retryMs))
    disk.automatic = false
    wall.advance(10_000)
    for (let i = 0; i < 8; i++) {
      await disk.fail()
      clock.now()
      wall.advance(pauses.at(-1)!)
      await settle()
    }
    expect(pauses).toEqual([50, 100, 200, 400, 800, 1600, 2000, 2000])
    wall.advance(10_000)
    expect(errorOf(() => clock.now())).toMatchObject({ code: 'store', cause: new Error('disk is full') })
    disk.automatic = true
    await disk.done()
    await clock.ready()
    expect(clock.now().ms).toBe(wall.now())
  })

  test('and a save whose answer was lost harms nothing', async () => {
    const [wall, disk] = [steppingClock(WALL), createDisk()]
    const clock = await open({ store: disk, clock: wall })
    disk.automatic = false
    wall.advance(5000)
    await disk.fail(true)
    wall.advance(50)
    await disk.done()
    expect(clock.now().ms).toBe(WALL + 5050)
  })

  test('that hangs ends in a typed error at the end of the window, and in nothing worse', async () => {
    const [wall, disk] = [steppingClock(WALL), createDisk()]
    const clock = await open({ store: disk, clock: wall })
    const before = clock.now()
    disk.automatic = false
    wall.advance(60_000)
    expect(String(errorOf(() => clock.now()))).toBe('StoreError: a stamp at 1060000 ms must wait for the mark, now at 1010000: a save is under way; check the store of this clock')
    expect(clock.peek()).toEqual(before)
    expect(disk.pending).toBe(1)
  })

  test('at opening is an error of the opening, and the clock never was', async () => {
    const wall = steppingClock(WALL)
    await expect(open({ clock: wall, store: { load: () => Promise.reject(new Error('no route')), save() {} } })).rejects.toMatchObject({
      code: 'store', operation: 'load', cause: new Error('no route'),
    })
    let saves = 0
    const store = { load: () => undefined, save: () => (saves++, Promise.reject(new Error('read only'))) }
    await expect(open({ clock: wall, store })).rejects.toMatchObject({ code: 'store', operation: 'save', cause: new Error('read only') })
    wall.advance(100_000)
    await settle()
    expect(saves).toBe(1)
  })

  test('that hangs at opening is given up after openTimeoutMs, or when the signal says so', async () => {
    const wall = steppingClock(WALL)
    const store = { load: () => new Promise<undefined>(() => {}), save() {} }
    const opening = open({ clock: wall, store, openTimeoutMs: 300 })
    wall.advance(300)
    await expect(opening).rejects.toThrow('no answer within 300 ms')
    const stop = new AbortController()
    const aborted = open({ clock: wall, store, signal: stop.signal })
    stop.abort(new Error('shutting down'))
    await expect(aborted).rejects.toThrow('shutting down')
  })

  test.each([NaN, -1, 1.5, 2 ** 48, '1000', null])('and holds %s instead of a mark is refused at opening', async (mark) => {
    await expect(open({ clock: steppingClock(WALL), store: createDisk(mark as number) })).rejects.toMatchObject({ code: 'malformed', input: mark })
  })

  test('which another clock writes to stops the renewals', async () => {
    const [wall, disk] = [steppingClock(WALL), createDisk()]
    const clock = await open({ clock: wall, store: { load: () => disk.load(), save: (mark, known) => {
      if (disk.mark !== undefined && disk.mark > known) throw new ConflictError(disk.mark)
      return disk.save(mark, known)
    } } })
    await disk.save(WALL + 90_000, 0)
    wall.advance(10_000)
    await settle()
    expect(errorOf(() => clock.now())).toMatchObject({ code: 'store', cause: { code: 'conflict', markMs: WALL + 90_000 } })
    await expect(clock.ready()).rejects.toMatchObject({ code: 'store' })
    expect(disk.mark).toBe(WALL + 90_000)
  })
})

describe('ready', () => {
  test('waits for the window to follow the wall clock after the machine slept', async () => {
    const [wall, disk] = [steppingClock(WALL), createDisk()]
    const clock = await open({ store: disk, clock: wall })
    disk.automatic = false
    wall.set(WALL + 3_600_000)
    expect(errorOf(() => clock.now())).toBeInstanceOf(StoreError)
    const ready = clock.ready()
    await disk.done()
    await ready
    expect(clock.now().ms).toBe(WALL + 3_600_000)
  })

  test('is given up by its signal, with its reason', async () => {
    const [wall, disk] = [steppingClock(WALL), createDisk()]
    const clock = await open({ store: disk, clock: wall })
    disk.automatic = false
    wall.set(WALL + 3_600_000)
    const stop = new AbortController()
    const ready = clock.ready({ signal: stop.signal })
    await settle()
    stop.abort(new Error('enough'))
    await expect(ready).rejects.toThrow('enough')
  })
})

test('a wall clock that shows nonsense when the window is renewed is not written down for the next life', async () => {
  const [wall, disk] = [steppingClock(WALL), createDisk()]
  await open({ store: disk, clock: wall })
  for (const nonsense of [NaN, Infinity, 2 ** 50]) {
    wall.set(nonsense)
    wall.advance(5000)
    await settle()
  }
  expect(disk.mark).toBeLessThan(WALL + 20_000)
})

test('wrong options are refused before the store is touched', async () => {
  const store = createDisk()
  for (const bad of [{ aheadMs: 0 }, { aheadMs: -1 }, { aheadMs: NaN }, { aheadMs: 1.5 }, { aheadMs: Infinity }, { aheadMs: '500' }, { openTimeoutMs: NaN }, { store: {} }, { node: 'a-b' }, { ahead: 5 }, { clock: { now: () => 1 } }]) {
    await expect(open({ store, ...bad } as never)).rejects.toBeInstanceOf(TypeError)
  }
  expect(store.asked).toEqual([])
})
