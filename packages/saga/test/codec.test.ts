/** What goes into the log comes out of it, and what cannot is refused with its place. */
import { jsonCodec, type PayloadError } from '@distrokit/saga'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { canonical } from '../src/core/codec.ts'
import { bounded } from '../src/core/payload.ts'
import { toError, toFailure } from '../src/core/failure.ts'

const plain = fc.anything({ withDate: true, withMap: true, withSet: true, withBigInt: true, withTypedArray: false, withNullPrototype: false, withSparseArray: false, maxDepth: 4 })
  .filter((value) => !JSON.stringify(value, (_, each: unknown) => (typeof each === 'bigint' ? 'n' : each))?.includes('__proto__'))

describe('the codec', () => {
  test('gives back what it was given', () => {
    fc.assert(fc.property(plain, (value) => {
      expect(jsonCodec.decode(jsonCodec.encode(value))).toEqual(value)
    }), { numRuns: 500 })
  })

  test('gives the text and what it gives back at once, and shares nothing with what it was given', () => {
    fc.assert(fc.property(plain, (value) => {
      const text = jsonCodec.encode(value)
      const both = jsonCodec.both(value)
      expect(both).toEqual({ text, value: jsonCodec.decode(text) })
      if (typeof value === 'object' && value !== null) expect(both.value).not.toBe(value)
    }), { numRuns: 500 })
    const given = { list: [{ deep: [1] }], text: 'a "$" in it' }
    const { value } = jsonCodec.both(given) as { value: typeof given }
    given.list[0]?.deep.push(2)
    expect(value).toEqual({ list: [{ deep: [1] }], text: 'a "$" in it' })
  })

  test('gives back what JSON loses: undefined, NaN, infinities, -0, bigint, dates, maps, sets, bytes, errors, keys called $', () => {
    const value = {
      a: undefined, b: NaN, c: -Infinity, d: -0, e: 12n, f: new Date(5), g: new Map([[{ k: 1 }, new Set([1n])]]), h: new Uint8Array([1, 2, 255]),
      i: { $: 'Date', v: 5 }, j: [undefined, null], k: new Date(NaN),
    }
    const back = jsonCodec.decode(jsonCodec.encode(value)) as typeof value
    expect(back).toEqual(value)
    expect(Object.is(back.d, -0)).toBe(true)
    expect('a' in back).toBe(true)
    const error = jsonCodec.decode(jsonCodec.encode(Object.assign(new RangeError('far', { cause: new Error('why') }), { code: 'x' }))) as Error
    expect(error).toMatchObject({ name: 'RangeError', message: 'far', code: 'x', cause: { message: 'why' } })
  })

  test('a key called $ may come after others that need a tag, and before them', () => {
    const value = { a: new Date(5), b: [1n], $: 'x', c: new Set([undefined]) }
    expect(jsonCodec.decode(jsonCodec.encode(value))).toEqual(value)
    expect(jsonCodec.both(value).value).toEqual(value)
  })

  test('the path to what is refused is told from the outside in, through lists, maps and objects', () => {
    expect(() => jsonCodec.encode({ a: [1, new Map([['k', { deep: () => 1 }]])] })).toThrow(/^value\.a\.1\.0\.deep: expected plain data, came a function/)
    expect(() => jsonCodec.encode({ a: { b: {} , [Symbol('s')]: 1 } })).toThrow(/^value\.a: expected plain data, came an object with a symbol/)
  })

  test('writes plain data as plain JSON, so that a log can be read', () => {
    expect(jsonCodec.encode({ a: [1, 'x', null, true] })).toBe('{"a":[1,"x",null,true]}')
  })

  test.each([
    ['a function', { run: () => 1 }, 'run'],
    ['an instance of a class', { socket: new (class Socket { open = true })() }, 'socket'],
    ['a symbol', [Symbol('x')], '0'],
  ])('refuses %s and says where it is', (_, value, place) => {
    expect(() => bounded(jsonCodec, 1_000)(value, 'the output of step', 'a')).toThrow(expect.objectContaining({
      code: 'payload', where: `the output of step 'a'`, message: expect.stringContaining(place),
    }) as PayloadError)
  })

  test('refuses what refers to itself', () => {
    const loop: unknown[] = []
    loop.push(loop)
    expect(() => jsonCodec.encode(loop)).toThrow(/refers to itself/)
  })

  test('refuses what is too large with its size, counted in bytes', () => {
    expect(bounded(jsonCodec, 100)('x'.repeat(98), 'the output of', 'it').text).toHaveLength(100)
    expect(() => bounded(jsonCodec, 100)('x'.repeat(99), 'the output of', 'it')).toThrow(expect.objectContaining({ bytes: 101 }) as PayloadError)
    expect(() => bounded(jsonCodec, 100)('é'.repeat(50), 'the output of', 'it')).toThrow(expect.objectContaining({ bytes: 102 }) as PayloadError)
  })

  test('canonical text is the same for equal requests, whatever the order of keys', () => {
    expect(canonical({ a: 1, b: { c: 2, d: [3] } })).toBe(canonical({ b: { d: [3], c: 2 }, a: 1 }))
    expect(canonical({ a: 1 })).not.toBe(canonical({ a: 2 }))
    expect(canonical([['a', 1]])).not.toBe(canonical({ a: 1 }))
  })
})

describe('failures', () => {
  test('keep name, message, code, plain fields and causes, and come back the same a second time', () => {
    const error = Object.assign(new Error('no', { cause: new TypeError('why') }), { code: 'declined', amount: 3, socket: () => {} })
    const failure = toFailure(error)
    expect(toError(failure)).toMatchObject({ message: 'no', code: 'declined', amount: 3, cause: { name: 'TypeError', message: 'why' } })
    expect(toFailure(toError(failure))).toEqual(failure)
  })

  test('bear anything that can be thrown', () => {
    fc.assert(fc.property(fc.anything(), (thrown) => {
      expect(toFailure(thrown).message).toBeTypeOf('string')
      expect(() => JSON.stringify(toFailure(thrown))).not.toThrow()
    }))
    const loop = new Error('loop')
    loop.cause = loop
    expect(toFailure(loop).message).toBe('loop')
  })
})

describe('an error that comes out of the log', () => {
  test('has no stack of its own, and leaves the stacks of others alone', () => {
    const limit = Error.stackTraceLimit
    const revived = toError(toFailure(Object.assign(new RangeError('far', { cause: new Error('why') }), { code: 'x', place: 3 })))
    expect(revived).toMatchObject({ name: 'RangeError', message: 'far', code: 'x', place: 3, cause: { message: 'why' } })
    expect(revived.stack).not.toMatch(/\n\s+at /)
    expect(Error.stackTraceLimit).toBe(limit)
    expect(new Error('mine').stack).toMatch(/codec\.test/)
    expect(Object.keys(revived)).toEqual(['place', 'code'])
  })

  test('is made where the limit of stacks is frozen as well', () => {
    const own = Object.getOwnPropertyDescriptor(Error, 'stackTraceLimit') as PropertyDescriptor
    Object.defineProperty(Error, 'stackTraceLimit', { ...own, writable: false })
    try {
      expect(toError({ name: 'Error', message: 'far' }).message).toBe('far')
    } finally {
      Object.defineProperty(Error, 'stackTraceLimit', own)
    }
  })
})
