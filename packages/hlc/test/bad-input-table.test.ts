import { describe, expect, test } from 'vitest'
import { createDurableClock, StoreError, type MarkStore } from '../src/adapters/durable.ts'
import { extract } from '../src/adapters/http.ts'
import { fromUlid, fromUuid, toUlid, toUuid } from '../src/adapters/id.ts'
import { createIntervalClock } from '../src/adapters/interval.ts'
import { createSharedClock } from '../src/adapters/shared.ts'
import { steppingClock } from '../src/adapters/testing.ts'
import { createTokens, TokenError } from '../src/adapters/token.ts'
import { createClock, decode, DriftError, encode, fromBytes, MalformedError, merge, tick, toBytes, type HybridClock, type Stamp } from '../src/index.ts'
import { createDisk } from './model/disk.ts'

// One row per kind of bad input, one column per door that it can come in by. Whatever the door: a typed error that shows the input, and
// a clock that stands where it stood and goes on.

/** A clock, and the wall that it reads, which a row may break. */
interface Bench {
  readonly clock: HybridClock
  wall: unknown
}

const makers: Record<string, (bench: { wall: unknown }) => HybridClock | Promise<HybridClock>> = {
  'createClock': (bench) => createClock({ node: 'a', clock: { now: () => bench.wall as number } }),
  'createSharedClock': (bench) => createSharedClock({ node: 'a', clock: { now: () => bench.wall as number } }),
  'createDurableClock': (bench) => createDurableClock({ node: 'a', store: createDisk(), clock: { now: () => bench.wall as number, after: () => ({ cancel() {} }) } }),
}

async function benchOf(make: (typeof makers)[string]): Promise<Bench> {
  const bench = { wall: 1000 as unknown }
  return Object.assign(bench, { clock: await make(bench) })
}

async function errorOf(run: () => unknown): Promise<Error & { readonly code?: string; readonly input?: unknown }> {
  try {
    const value = await run()
    if (value instanceof Error) return value
  } catch (error) {
    return error as Error
  }
  throw new Error('expected an error, got none')
}

/** The clock is where it was, to the object, and its next stamp is the one that was due. */
async function unmoved(bench: Bench, run: () => unknown): Promise<Awaited<ReturnType<typeof errorOf>>> {
  bench.clock.now()
  const before = bench.clock.peek()
  const { wall } = bench
  const error = await errorOf(run)
  bench.wall = wall
  expect(bench.clock.peek()).toEqual(before)
  expect(bench.clock.now()).toEqual({ ...before, count: before.count + 1 })
  return error
}

const texts: Record<string, string> = {
  'too short': '018bcfe56800000-node',
  'too long': '018bcfe5680000000-node',
  'cut off': '00zz',
  'empty': '',
  'of a node alone': 'node',
  'of another alphabet': '018bcfe5680000zz-node',
  'with a digit of another script': '018bcfe56800000１-node',
  'with a prefix of hexadecimal': '0x8bcfe568000000-node',
  'with a sign': '+18bcfe568000000-node',
  'that lower case would make good': '018bcfe56800000İ-node',
  'in upper case': '018BCFE568000000-node',
  'with trailing blanks': '018bcfe568000000-node ',
  'with a trailing break': '018bcfe568000000-node\n',
  'with a zero byte': '018bcfe568000000-node\0',
  'with the separator in the node': '018bcfe568000000-no-de',
  'with another separator': '018bcfe568000000_node',
  'with leading blanks': ' 018bcfe568000000-node',
  'with a letter beyond ASCII in the node': '018bcfe568000000-nöde',
  'with a bound that is none': '018bcfe568000000-~~',
  'with an empty node': '018bcfe568000000-',
  'with a node that is too long': `018bcfe568000000-${'x'.repeat(65)}`,
}

const stamps: Record<string, Stamp> = {
  'at 2^48 ms': { ms: 2 ** 48, count: 0, node: 'b' },
  'far past 2^48 ms': { ms: 2 ** 60, count: 0, node: 'b' },
  'before 1970': { ms: -1, count: 0, node: 'b' },
  'of NaN ms': { ms: NaN, count: 0, node: 'b' },
  'of infinite ms': { ms: Infinity, count: 0, node: 'b' },
  'between two ms': { ms: 1.5, count: 0, node: 'b' },
  'with a counter past its width': { ms: 1, count: 65_536, node: 'b' },
  'with a counter of NaN': { ms: 1, count: NaN, node: 'b' },
  'with the separator in its node': { ms: 1, count: 0, node: 'b-c' },
  'with a counter 2^32 past': { ms: 1, count: 2 ** 32, node: 'b' },
  'with half a count': { ms: 1, count: 0.5, node: 'b' },
  'with a negative count': { ms: 1, count: -1, node: 'b' },
  'with a node that is too long': { ms: 1, count: 0, node: 'x'.repeat(65) },
  'with no node at all': { ms: 1, count: 0 } as never,
  'whose ms is text': { ms: '1' as never, count: 0, node: 'b' },
}

const walls: Record<string, unknown> = { NaN, Infinity, '-Infinity': -Infinity, '2^48': 2 ** 48, 'no number': 'soon', 'nothing': undefined }

const bytes: Record<string, Uint8Array> = { none: new Uint8Array(0), seven: new Uint8Array(7), nine: new Uint8Array(9) }

describe.each(Object.entries(makers))('%s', (_, make) => {
  describe.each(Object.entries(texts))('a text %s', (_, text) => {
    test.each<[string, (bench: Bench) => unknown]>([
      ['decode', () => decode(text)],
      ['receive of decode', ({ clock }) => clock.receive(decode(text))],
      ['receiveAll of decode', ({ clock }) => clock.receiveAll([{ ms: 2, count: 0, node: 'b' }, text].map((one) => (typeof one === 'string' ? decode(one) : one)))],
      ['extract', () => extract({ get: (name) => (name === 'hlc-stamp' ? text : null) })],
    ])('%s', async (_, use) => {
      const bench = await benchOf(make)
      const error = await unmoved(bench, () => use(bench))
      expect(error).toBeInstanceOf(MalformedError)
      expect(error).toMatchObject({ code: 'malformed', input: text, message: `expected a stamp like '018bcfe568000000-node', got ${text.slice(0, 80)}` })
    })
  })

  describe.each(Object.entries(stamps))('a stamp %s', (_, stamp) => {
    test.each<[string, (bench: Bench) => unknown]>([
      ['receive', ({ clock }) => clock.receive(stamp)],
      ['tryReceive', ({ clock }) => clock.tryReceive(stamp)],
      ['receiveAll, after a good one', ({ clock }) => clock.receiveAll([{ ms: 900, count: 0, node: 'b' }, stamp])],
      ['encode', () => encode(stamp)],
      ['toBytes', () => toBytes(stamp)],
      ['tick', () => tick(stamp, 1)],
      ['merge', ({ clock }) => merge(clock.peek(), stamp, 1)],
      ['createClock', () => createClock({ start: stamp, node: 'c' })],
      ['toUuid', () => toUuid(stamp)],
      ['toUlid', () => toUlid(stamp)],
    ])('%s', async (_, use) => {
      const bench = await benchOf(make)
      const error = await unmoved(bench, () => use(bench))
      expect(error).toBeInstanceOf(MalformedError)
      // The ids look at the node first.
      expect([[stamp.ms, stamp.count, stamp.node], stamp.node]).toContainEqual(error.input)
      expect(error.message).toContain(`got ${String(error.input)}`)
    })
  })

  test.each([undefined, null, 5, 'no stamp', true])('%s in the place of a stamp', async (input) => {
    const stamp = input as unknown as Stamp
    const doors: ((bench: Bench) => unknown)[] = [
      ({ clock }) => clock.receive(stamp),
      ({ clock }) => clock.tryReceive(stamp),
      ({ clock }) => clock.receiveAll([{ ms: 900, count: 0, node: 'b' }, stamp]),
      () => encode(stamp),
      () => toBytes(stamp),
      () => tick(stamp, 1),
      ({ clock }) => merge(clock.peek(), stamp, 1),
    ]
    for (const use of doors) {
      const bench = await benchOf(make)
      const error = await unmoved(bench, () => use(bench))
      expect(error).toBeInstanceOf(MalformedError)
      expect(error).toMatchObject({ input, message: expect.stringContaining(`got ${String(input)}`) })
    }
  })

  describe.each(Object.entries(walls))('a wall clock that shows %s', (_, reading) => {
    test.each<[string, (bench: Bench) => unknown]>([
      ['now', ({ clock }) => clock.now()],
      ['receive', ({ clock }) => clock.receive({ ms: 900, count: 0, node: 'b' })],
      ['tryReceive', ({ clock }) => clock.tryReceive({ ms: 900, count: 0, node: 'b' })],
      ['receiveAll', ({ clock }) => clock.receiveAll([])],
      ['reserve', ({ clock }) => clock.reserve(3)],
      ['leadMs', ({ clock }) => clock.leadMs],
      ['tick', ({ clock }) => tick(clock.peek(), reading as number)],
      ['merge', ({ clock }) => merge(clock.peek(), clock.peek(), reading as number)],
    ])('%s', async (_, use) => {
      const bench = await benchOf(make)
      const error = await unmoved(bench, () => {
        bench.wall = reading
        return use(bench)
      })
      expect(error).toBeInstanceOf(MalformedError)
      expect(error).toMatchObject({ code: 'malformed', input: reading, message: expect.stringContaining(`got ${String(reading)}`) })
    })
  })

  test.each(['a-b', '-', '', '~', 'a b', 'ä', 'x'.repeat(65)])('a node id %j', async (node) => {
    const bench = await benchOf(make)
    const doors = [
      () => createClock({ node }), () => createSharedClock({ node }), () => createDurableClock({ node, store: createDisk() }),
      () => createSharedClock({ handle: { buffer: new SharedArrayBuffer(8), node, maxDriftMs: 5 } }),
      () => createTokens({ keys: [{ id: node, secret: new Uint8Array(32) }] }),
      () => toUuid({ ms: 1, count: 0, node }),
    ]
    for (const door of doors) {
      const error = await unmoved(bench, door)
      expect(error, String(door)).toBeInstanceOf(MalformedError)
      expect([error.input].flat(), String(door)).toContain(node)
    }
  })

  test('a remote beyond the bound is no bad input but a refusal, and moves as little', async () => {
    const bench = await benchOf(make)
    const remote = { ms: 61_001, count: 0, node: 'b' }
    expect(await unmoved(bench, () => bench.clock.receive(remote))).toMatchObject({ code: 'drift', offsetMs: 60_001, maxDriftMs: 60_000, node: 'b', remote })
    expect(await unmoved(bench, () => bench.clock.tryReceive(remote))).toBeInstanceOf(DriftError)
  })
})

describe('bytes, ids and tokens of the wrong make', () => {
  test.each(Object.entries(bytes))('%s bytes', async (_, input) => {
    expect(await errorOf(() => fromBytes(input))).toMatchObject({ code: 'malformed', input })
  })

  test.each(['', '018bcfe5-6800-4abc-8000-000000000000', '018BCFE5-6800-7ABC-8000-000000000000', '018bcfe568007abc8000000000000000'])('the UUID %j', async (input) => {
    expect(await errorOf(() => fromUuid(input))).toMatchObject({ code: 'malformed', input })
  })

  test.each(['', '81HF7YAT000000000000000000', '01hf7yat000000000000000000', '01HF7YAT0000000000000000000', '01HF7YAT00000000000000000U'])('the ULID %j', async (input) => {
    expect(await errorOf(() => fromUlid(input))).toMatchObject({ code: 'malformed', input })
  })

  test.each(['', '018bcfe568000000-node', '018bcfe568000000-node~k', `018bcfe568000000-node~k~${'x'.repeat(23)}`, `018bcfe568000000-no-de~k~${'x'.repeat(22)}`])('the token %j', async (token) => {
    const error = await errorOf(() => createTokens({ keys: [{ id: 'k', secret: new Uint8Array(32) }] }).verify(token))
    expect(error).toBeInstanceOf(TokenError)
    expect(error).toMatchObject({ reason: 'malformed' })
  })

  test.each([NaN, -1, Infinity])('the error bound %s of an interval clock', async (errorMs) => {
    expect(await errorOf(() => createIntervalClock({ errorMs }))).toMatchObject({ code: 'malformed', input: errorMs })
  })
})

describe('a store', () => {
  const full = new Error('disk is full')
  const open = (store: MarkStore, wall = steppingClock(1000)) => createDurableClock({ node: 'a', store, clock: wall, openTimeoutMs: 100, aheadMs: 1000 })

  test.each<[string, MarkStore, object]>([
    ['that throws at load', { load: () => { throw full }, save() {} }, { operation: 'load', cause: full }],
    ['that rejects at load', { load: () => Promise.reject(full), save() {} }, { operation: 'load', cause: full }],
    ['that throws at save', { load: () => undefined, save: () => { throw full } }, { operation: 'save', cause: full }],
    ['that rejects at save', { load: () => undefined, save: () => Promise.reject(full) }, { operation: 'save', cause: full }],
  ])('%s gives no clock, and says what failed', async (_, store, facts) => {
    const error = await errorOf(() => open(store))
    expect(error).toBeInstanceOf(StoreError)
    expect(error).toMatchObject({ code: 'store', ...facts, message: expect.stringContaining('check the store') })
  })

  test.each<[string, MarkStore]>([
    ['load', { load: () => new Promise<never>(() => {}), save() {} }],
    ['save', { load: () => undefined, save: () => new Promise<never>(() => {}) }],
  ])('that hangs at %s gives no clock once the time is over', async (_, store) => {
    const wall = steppingClock(1000)
    const opening = errorOf(() => open(store, wall))
    await Promise.resolve()
    wall.advance(100)
    expect(await opening).toMatchObject({ code: 'store', message: 'no answer within 100 ms; check the store of this clock' })
  })

  test.each([NaN, -1, 0.5, 2 ** 48, '12', null, {}])('that holds %j instead of a mark gives no clock, and shows what it held', async (input) => {
    expect(await errorOf(() => open({ load: () => input as never, save() {} }))).toMatchObject({ code: 'malformed', input })
  })

  test('that fails or hangs under a running clock stops it at its mark, where it stood', async () => {
    for (const save of [() => Promise.reject(full), () => new Promise<never>(() => {})]) {
      let works = true
      const wall = steppingClock(1000)
      const clock = await open({ load: () => undefined, save: (): PromiseLike<void> | undefined => (works ? undefined : save()) }, wall)
      const before = clock.now()
      works = false
      wall.advance(5000)
      for (const use of [() => clock.now(), () => clock.receive({ ms: 5000, count: 0, node: 'b' }), () => clock.reserve(2)]) {
        expect(await errorOf(use)).toMatchObject({ code: 'store', operation: 'save', message: expect.stringContaining('6000 ms') })
        expect(clock.peek()).toEqual(before)
      }
    }
  })
})
