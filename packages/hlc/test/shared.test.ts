import { Worker } from 'node:worker_threads'
import { describe, expect, test } from 'vitest'
import { compare, createClock, type Stamp } from '../src/index.ts'
import { createSharedClock, type SharedHandle } from '../src/adapters/shared.ts'
import { steppingClock } from '../src/adapters/testing.ts'

const script = new URL('./workers/shared.ts', import.meta.url)
const join = (handle: SharedHandle, amount: number): Worker => new Worker(script, { workerData: { handle, amount }, execArgv: ['--conditions=source'] })
const heard = <T>(worker: Worker): Promise<T> => new Promise((resolve, reject) => worker.once('message', resolve).once('error', reject))

test('ten million stamps of four threads rise in each thread and hold no duplicate', async () => {
  const clock = createSharedClock({ node: 'a' })
  const before = clock.now()
  const parts = await Promise.all(
    Array.from({ length: 4 }, () => heard<{ originMs: number; words: Float64Array<ArrayBuffer> }>(join(clock.handle, 2_500_000))),
  )
  const after = clock.now()
  const all = new Float64Array(10_000_000)
  parts.forEach(({ originMs, words }, part) => {
    for (let index = 0; index < words.length; index++) {
      if (index > 0 && words[index]! <= words[index - 1]!) throw new Error(`thread ${part} went back at stamp ${index}`)
      all[part * words.length + index] = (originMs - before.ms) * 65_536 + words[index]!
    }
  })
  all.sort()
  for (let index = 1; index < all.length; index++) if (all[index] === all[index - 1]) throw new Error(`stamp twice: ${all[index]}`)
  expect(all[0]).toBeGreaterThan(before.count)
  expect((after.ms - before.ms) * 65_536 + after.count).toBeGreaterThan(all.at(-1)!)
})

test('threads that are killed in the midst of it leave the clock free to go on', async () => {
  const clock = createSharedClock({ node: 'a' })
  for (let round = 0; round < 5; round++) {
    const worker = join(clock.handle, 0)
    await heard(worker)
    const before = clock.now()
    await worker.terminate()
    expect(compare(before, clock.now())).toBe(-1)
  }
})

describe('a shared clock', () => {
  test('stamps, receives, refuses and reserves like one that is not shared', () => {
    const wall = steppingClock(1000)
    const [shared, local] = [createSharedClock({ node: 'a', clock: wall }), createClock({ node: 'a', clock: wall })]
    const remotes: Stamp[] = [{ ms: 900, count: 5, node: 'b' }, { ms: 30_000, count: 65_535, node: 'b' }, { ms: 2 ** 47, count: 0, node: 'b' }]
    for (const clock of [shared, local]) clock.now()
    for (const remote of remotes) expect(shared.tryReceive(remote)).toEqual(local.tryReceive(remote))
    expect([...shared.reserve(3), shared.peek(), shared.leadMs]).toEqual([...local.reserve(3), local.peek(), local.leadMs])
  })

  test('is one clock through all its handles', () => {
    const wall = steppingClock(1000)
    const first = createSharedClock({ node: 'a', clock: wall, maxDriftMs: 50 })
    const second = createSharedClock({ handle: structuredClone(first.handle), clock: wall })
    first.receive({ ms: 1050, count: 9, node: 'b' })
    expect(second.now()).toEqual({ ms: 1050, count: 11, node: 'a' })
    expect(second.tryReceive({ ms: 1051, count: 0, node: 'b' })).toMatchObject({ code: 'drift', maxDriftMs: 50 })
    expect(first.peek()).toEqual(second.peek())
  })

  test('holds the whole range of 48 bits', () => {
    const start: Stamp = { ms: 2 ** 48 - 1, count: 65_533, node: 'a' }
    const clock = createSharedClock({ start, clock: steppingClock(0) })
    expect([clock.peek(), clock.now(), clock.now()]).toEqual([start, { ...start, count: 65_534 }, { ...start, count: 65_535 }])
    expect(() => clock.now()).toThrow('below 2^48')
  })

  test('refuses a handle that is none', () => {
    const buffer = new SharedArrayBuffer(8)
    for (const handle of [{ buffer: new ArrayBuffer(8) }, { buffer: new SharedArrayBuffer(4) }, { buffer, node: 'a-b' }, { buffer, maxDriftMs: -1 }, {}]) {
      expect(() => createSharedClock({ handle: { node: 'a', maxDriftMs: 5, ...handle } as never })).toThrow(TypeError)
    }
  })
})
