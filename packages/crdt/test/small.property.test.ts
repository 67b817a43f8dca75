import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { growOnlyCounter, joinCounts, pnCounter, type Counts } from '../src/counter.ts'
import { lwwMap } from '../src/map.ts'
import { register } from '../src/register.ts'
import { addWinsSet, type Delta } from '../src/set.ts'

const through = <T>(data: T): T => JSON.parse(JSON.stringify(data)) as T
const deliveries = fc.array(fc.tuple(fc.nat(), fc.nat({ max: 2 })), { maxLength: 20 })

describe('a counter alone', () => {
  it('counts every increment once, in any order and with repeats', () => {
    fc.assert(fc.property(fc.array(fc.tuple(fc.nat({ max: 2 }), fc.integer({ min: -9, max: 9 })), { maxLength: 20 }), deliveries, (adds, order) => {
      const counters = ['a', 'b', 'c'].map((actor) => pnCounter(actor))
      const deltas: Counts[] = adds.map(([who, amount]) => counters[who]!.add(amount))
      for (const [which, to] of order) if (deltas.length > 0) counters[to]!.join(through(deltas[which % deltas.length]!))
      for (const one of counters) for (const other of counters) one.join(through(other.state))
      const sum = adds.reduce((total, [, amount]) => total + amount, 0)
      for (const one of counters) expect(one.value).toBe(sum)
      for (const one of counters) expect(JSON.stringify(one.state)).toBe(JSON.stringify(counters[0]!.state))
    }))
  })

  it('joins commutatively, associatively and idempotently', () => {
    const counts = fc.uniqueArray(fc.tuple(fc.constantFrom('a', 'b', '__proto__'), fc.nat(9), fc.nat(9)), { selector: ([actor]) => actor })
    fc.assert(fc.property(counts, counts, counts, (a, b, c) => {
      const [x, y, z] = [a, b, c].map((rows) => joinCounts([], rows)) as [Counts, Counts, Counts]
      expect(joinCounts(x, y)).toEqual(joinCounts(y, x))
      expect(joinCounts(joinCounts(x, y), z)).toEqual(joinCounts(x, joinCounts(y, z)))
      expect(joinCounts(x, x)).toBe(x)
    }))
  })

  it('refuses fractions, NaN, counting down a grow-only counter, and rows that are none', () => {
    const counter = pnCounter('a')
    for (const amount of [0.5, NaN, Infinity, 2 ** 53]) expect(() => counter.add(amount)).toThrow(RangeError)
    expect(() => growOnlyCounter('a').add(-1)).toThrow(/grow-only/)
    for (const rows of [null, {}, [['a', -1, 0]], [['', 1, 0]], [['a', 1]], [[1, 1, 1]]]) expect(() => counter.join(rows as never)).toThrow(expect.objectContaining({ code: 'corrupt' }))
    expect(counter.state).toEqual([])
  })
})

describe('a set alone', () => {
  it('lets an addition win over a removal that has not seen it, and nothing else', () => {
    const [a, b] = [addWinsSet('a'), addWinsSet('b')]
    b.join(a.add('x'))
    const removal = a.delete('x')!
    const addition = b.add('x')
    a.join(addition)
    b.join(removal)
    expect([[...a], [...b]]).toEqual([['x'], ['x']])
    b.join(a.delete('x')!)
    expect([a.size, b.size]).toEqual([0, 0])
  })

  it('converges in any order with repeats, and keeps no trace of what was removed', () => {
    const op = fc.record({ who: fc.nat({ max: 2 }), element: fc.constantFrom('x', 'y', 1), add: fc.boolean() })
    fc.assert(fc.property(fc.array(op, { maxLength: 20 }), deliveries, (ops, order) => {
      const sets = ['a', 'b', 'c'].map((actor) => addWinsSet<string | number>(actor))
      const deltas: Delta[] = []
      for (const [index, { who, element, add }] of ops.entries()) {
        const delta = add ? sets[who]!.add(element) : sets[who]!.delete(element)
        if (delta !== undefined) deltas.push(delta)
        const [which, to] = order[index] ?? [0, 0]
        if (deltas.length > 0) sets[to]!.join(through(deltas[which % deltas.length]!))
      }
      for (const one of [...sets, ...sets]) for (const other of sets) one.join(through(other.state()))
      for (const one of sets) expect([...one].sort()).toEqual([...sets[0]!].sort())
      expect(sets[0]!.state().places.length).toBe(sets[0]!.size)
      expect(sets[0]!.state().dead).toEqual([])
    }))
  })
})

describe('a map and a register alone', () => {
  it('keep the last write by stamp, then by actor', () => {
    const at = (ms: number) => ({ now: () => ({ ms, count: 0, node: '' }) })
    const [a, b] = [lwwMap('a', { clock: at(5) }), lwwMap('b', { clock: at(4) })]
    const [first, second] = [a.set('k', 'a'), b.set('k', 'b')]
    a.join(second)
    b.join(first)
    expect([a.get('k'), b.get('k')]).toEqual(['a', 'a'])
    expect(b.set('k', 'c').places[0]![1][0]!.slice(3)).toEqual([5, 1])
    const [x, y] = [register('x'), register('y')]
    const [p, q] = [x.set(1), y.set(2)]
    x.join(q)
    y.join(p)
    expect([x.value, y.value, x.values]).toEqual([2, 2, [1, 2]])
    y.join(x.set(3))
    expect(y.values).toEqual([3])
  })
})

describe('deltas that nobody made', () => {
  const author = lwwMap<number>('author')
  for (const key of ['x', 'y', 'z']) author.set(key, 1)
  author.delete('x')
  const good = author.state()
  const noise = fc.oneof(fc.jsonValue(), fc.constantFrom(-1, 0, 1, 2, 0.5, 2 ** 60, '', 'author', '__proto__', [], {}))

  /** A state with something else at some place in it. */
  const damaged = fc.tuple(fc.array(fc.nat(5), { minLength: 1, maxLength: 5 }), noise).map(([path, other]) => {
    const copy = through(good) as unknown as Record<string, unknown>
    let at: Record<string, unknown> = copy
    for (const [depth, step] of path.entries()) {
      const keys = Object.keys(at)
      const key = keys[step % keys.length]
      if (key === undefined) break
      const next = at[key]
      if (depth === path.length - 1 || typeof next !== 'object' || next === null) {
        at[key] = other
        break
      }
      at = next as Record<string, unknown>
    }
    return copy as unknown as Delta
  })

  it('are refused with nothing changed, or are such as somebody could have made', () => {
    fc.assert(fc.property(fc.oneof(damaged, noise as fc.Arbitrary<unknown> as fc.Arbitrary<Delta>), (delta) => {
      const map = lwwMap('victim')
      map.set('x', 'mine')
      const before = JSON.stringify(map.state())
      try {
        map.join(delta)
      } catch (error) {
        expect(error).toMatchObject({ name: 'CrdtError', code: 'corrupt' })
        expect(JSON.stringify(map.state())).toBe(before)
        map.join(good)
        expect(map.has('y')).toBe(true)
        return
      }
      expect([...lwwMap('reader', { state: through(map.state()) }).keys()].sort()).toEqual([...map.keys()].sort())
    }), { numRuns: 10_000 })
  })

  it('and repeats are known by what they speak for, whatever their order', () => {
    const map = lwwMap('victim')
    expect([map.join(good), map.join(good), map.join(through(good))]).toEqual([true, false, false])
    const late = lwwMap('late')
    const [first, second, third] = ['a', 'b', 'c'].map((key) => author.set(key, 2)) as [Delta, Delta, Delta]
    expect([late.join(third), late.join(first), late.join(third), late.join(second), late.join(author.state())]).toEqual([true, true, false, true, true])
    expect([...late.keys()].sort()).toEqual(['a', 'b', 'c', 'y', 'z'])
  })
})
