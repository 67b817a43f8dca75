import { expect, expectTypeOf, test } from 'vitest'
import { createClock, createWatchedClock, decode, encode, floor, fromBytes, MalformedError, tick, toBytes, type HybridClock, type Stamp } from '../src/index.ts'
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

// What comes from outside at every door is walked in bad-input-table.test.ts; here is what belongs to one door alone.

test.each([null, undefined, 7, {}, ['018bcfe568000000-node']])('decode refuses %j, which is no text', (value) => {
  expect(errorOf(() => decode(value as never))).toMatchObject({ code: 'malformed', input: value })
})

test('the error of a stamp shows its fields', () => {
  expect(errorOf(() => encode({ ms: NaN, count: 0, node: 'b' })).message).toBe(
    'expected a stamp: ms below 2^48, count below 2^16, node, got NaN,0,b',
  )
})

test('a text that was not decoded is shown as it came', () => {
  const text = '018bcfe568000000-node'
  expect(errorOf(() => createClock().receive(text as never))).toMatchObject({ code: 'malformed', input: text, message: expect.stringContaining(`got ${text}`) })
})

test('a wall clock that shows nonsense is what is told, also when a remote is beyond any bound', () => {
  const clock = createClock({ node: 'a', clock: { now: () => -Infinity } })
  expect(errorOf(() => clock.receive(good))).toBeInstanceOf(MalformedError)
})

test('the end of hybrid time is an error and not a wrap to zero', () => {
  const end: Stamp = { ms: 2 ** 48 - 1, count: 65_535, node: 'a' }
  const clock = createClock({ start: end, clock: steppingClock(0), maxDriftMs: Infinity })
  for (const use of [() => clock.now(), () => clock.reserve(3), () => clock.receive({ ...end, node: 'b' }), () => tick(end, 0)]) {
    expect(errorOf(use)).toBeInstanceOf(MalformedError)
  }
  expect(clock.peek()).toEqual(end)
})

test.each([7, null, {}])('createClock refuses %j as a node id', (node) => {
  expect(errorOf(() => createClock({ node: node as never }))).toBeInstanceOf(MalformedError)
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
