import { describe, expect, expectTypeOf, test } from 'vitest'
import { createClock, createWatchedClock, decode, encode, floor, fromBytes, MalformedError, merge, tick, toBytes, type HybridClock, type Stamp } from '../src/index.ts'
import { steppingClock } from '../src/adapters/testing.ts'

const good: Stamp = { ms: 1000, count: 0, node: 'a' }

/** The error that `run` throws; a test must not pass because nothing was thrown. */
function errorOf(run: () => unknown): Error & { code?: string; input?: unknown } {
  try {
    run()
  } catch (error) {
    return error as Error
  }
  throw new Error('expected an error, got none')
}

describe('decode refuses with the text in hand', () => {
  const texts = [
    '', 'node', '018bcfe56800000-node', '018bcfe5680000000-node', '018BCFE568000000-node', '018bcfe5680000zz-node', '00zz', '0x8bcfe568000000-node',
    '018bcfe568000000_node', '018bcfe568000000-', '018bcfe568000000-a-b', '018bcfe568000000-node ', ' 018bcfe568000000-node', '018bcfe568000000-node\n',
    '018bcfe568000000-nöde', `018bcfe568000000-${'x'.repeat(65)}`, '018bcfe568000000-~~', '+18bcfe568000000-node', '018bcfe56800000１-node', '018bcfe56800000İ-node',
  ]
  test.each(texts)('%j', (text) => {
    const error = errorOf(() => decode(text))
    expect(error).toBeInstanceOf(MalformedError)
    expect(error).toMatchObject({ name: 'MalformedError', code: 'malformed', input: text })
    expect(error.message).toContain("expected a stamp like '018bcfe568000000-node'")
  })

  test.each([null, undefined, 7, {}, ['018bcfe568000000-node']])('%j, which is no text', (value) => {
    expect(errorOf(() => decode(value as never))).toMatchObject({ code: 'malformed', input: value })
  })
})

describe('stamps out of range are refused everywhere, and the clock stays where it was', () => {
  const stamps: [string, Stamp][] = [
    ['2^48 ms', { ms: 2 ** 48, count: 0, node: 'b' }],
    ['negative ms', { ms: -1, count: 0, node: 'b' }],
    ['half a ms', { ms: 1.5, count: 0, node: 'b' }],
    ['NaN ms', { ms: NaN, count: 0, node: 'b' }],
    ['infinite ms', { ms: Infinity, count: 0, node: 'b' }],
    ['a counter past its width', { ms: 1, count: 65_536, node: 'b' }],
    ['a counter 2^32 past', { ms: 1, count: 2 ** 32, node: 'b' }],
    ['half a count', { ms: 1, count: 0.5, node: 'b' }],
    ['a negative count', { ms: 1, count: -1, node: 'b' }],
    ['a node id with the separator', { ms: 1, count: 0, node: 'a-b' }],
    ['a node id that is too long', { ms: 1, count: 0, node: 'x'.repeat(65) }],
    ['ms as text', { ms: '1' as never, count: 0, node: 'b' }],
    ['no node', { ms: 1, count: 0 } as never],
  ]
  test.each(stamps)('%s', (_, stamp) => {
    const clock = createClock({ node: 'a', clock: steppingClock(1000), maxDriftMs: Infinity })
    const before = clock.now()
    const uses: (() => unknown)[] = [
      () => clock.receive(stamp), () => clock.tryReceive(stamp), () => clock.receiveAll([good, stamp]), () => encode(stamp), () => toBytes(stamp),
      () => tick(stamp, 1), () => merge(good, stamp, 1), () => merge(stamp, good, 1), () => createClock({ start: stamp }),
    ]
    for (const use of uses) expect(errorOf(use), String(use)).toBeInstanceOf(MalformedError)
    expect(clock.peek()).toBe(before)
  })

  test('the error shows the fields', () => {
    expect(errorOf(() => encode({ ms: NaN, count: 0, node: 'b' })).message).toBe(
      'expected a stamp: ms below 2^48, count below 2^16, node, got NaN,0,b',
    )
  })
})

describe('a physical clock that gives no usable time is named, and nothing moves', () => {
  test.each([NaN, Infinity, -Infinity, 2 ** 48, 'soon', undefined])('%s', (reading) => {
    let wall: unknown = 1000
    const clock = createClock({ node: 'a', clock: { now: () => wall as number }, maxDriftMs: Infinity })
    const before = clock.now()
    wall = reading
    const uses = [() => clock.now(), () => clock.receive(good), () => clock.receiveAll([good]), () => clock.reserve(2), () => tick(good, reading as number)]
    for (const use of uses) expect(errorOf(use)).toMatchObject({ name: 'MalformedError', code: 'malformed', input: reading })
    expect(clock.peek()).toBe(before)
    wall = 2000
    expect(clock.now().ms).toBe(2000)
  })

  test('also when a remote is beyond any bound: the wall clock is what is broken', () => {
    const clock = createClock({ node: 'a', clock: { now: () => -Infinity } })
    expect(errorOf(() => clock.receive(good))).toBeInstanceOf(MalformedError)
  })
})

test('the end of hybrid time is an error and not a wrap to zero', () => {
  const end: Stamp = { ms: 2 ** 48 - 1, count: 65_535, node: 'a' }
  const clock = createClock({ start: end, clock: steppingClock(0), maxDriftMs: Infinity })
  for (const use of [() => clock.now(), () => clock.reserve(3), () => clock.receive({ ...end, node: 'b' }), () => tick(end, 0)]) {
    expect(errorOf(use)).toBeInstanceOf(MalformedError)
  }
  expect(clock.peek()).toEqual(end)
})

test.each(['', '-', 'a-b', 'ä', 'a b', '~', 'x'.repeat(65), 7, null])('createClock refuses the node id %j', (node) => {
  expect(errorOf(() => createClock({ node: node as string }))).toBeInstanceOf(MalformedError)
})

test('createClock refuses options that it does not know or cannot use', () => {
  expect(errorOf(() => createClock({ nodeId: 'a' } as never)).message).toBe('expected a known option, got nodeId')
  for (const maxDriftMs of [-1, NaN, '5' as never, {} as never]) expect(errorOf(() => createClock({ maxDriftMs })), String(maxDriftMs)).toBeInstanceOf(TypeError)
  for (const clock of [Date.now as never, {} as never, 5 as never]) expect(errorOf(() => createClock({ clock }))).toBeInstanceOf(TypeError)
  expect(errorOf(() => createWatchedClock({ stepMs: NaN }))).toBeInstanceOf(TypeError)
  expect(errorOf(() => createClock({ node: 'a' }).onEvent('log' as never))).toBeInstanceOf(TypeError)
})

test.each([0, -1, 1.5, NaN, Infinity, 2 ** 24 + 1, '3'])('reserve refuses %s stamps and hands out none', (size) => {
  const clock = createClock({ node: 'a', clock: steppingClock(1000) })
  expect(errorOf(() => clock.reserve(size as number))).toBeInstanceOf(MalformedError)
  expect(clock.now().count).toBe(0)
})

test.each([0, 7, 9])('fromBytes refuses %i bytes', (length) => {
  expect(errorOf(() => fromBytes(new Uint8Array(length)))).toBeInstanceOf(MalformedError)
})

test('toBytes refuses a target that is too small and floor a time that is none', () => {
  expect(errorOf(() => toBytes(good, new Uint8Array(7)))).toBeInstanceOf(MalformedError)
  for (const ms of [NaN, -1, 2 ** 48]) expect(errorOf(() => floor(ms))).toBeInstanceOf(MalformedError)
})

test('wrong use does not compile', () => {
  const clock = createClock({ node: 'a' })
  expectTypeOf(clock).toEqualTypeOf<HybridClock>()
  const wrong = (): void => {
    // @ts-expect-error a stamp is read only
    clock.peek().ms = 5
    // @ts-expect-error text must be decoded first
    clock.receive('018bcfe568000000-node')
    // @ts-expect-error the option is maxDriftMs
    createClock({ maxDrift: 5 })
    // @ts-expect-error a refusal may come instead of a stamp
    clock.tryReceive(good).ms.toFixed()
  }
  expect(wrong).toBeTypeOf('function')
})
