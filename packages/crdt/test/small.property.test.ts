import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { boundedCounter, growOnlyCounter, joinCounts, joinLedgers, pnCounter, rightsOf, zeroLedger, type Counts, type Ledger } from '../src/counter.ts'
import { lwwMap } from '../src/map.ts'
import { register } from '../src/register.ts'
import type { Stamp } from '../src/ground/types.ts'
import { addWinsSet, growOnlySet, removeWinsSet, type Delta } from '../src/set.ts'

const through = <T>(data: T): T => JSON.parse(JSON.stringify(data)) as T
const deliveries = fc.array(fc.tuple(fc.nat(), fc.nat({ max: 2 })), { maxLength: 20 })

describe('a counter alone', () => {
  it('counts every increment once, in any order and with repeats', () => {
    fc.assert(fc.property(fc.array(fc.tuple(fc.nat({ max: 2 }), fc.integer({ min: -9, max: 9 })), { maxLength: 20 }), deliveries, (adds, order) => {
      const counters = ['a', 'b', 'c'].map((actor) => pnCounter(actor))
      const deltas: Counts[] = adds.map(([who, amount]) => counters[who]!.add(amount))
      for (const [which, to] of order) if (deltas.length > 0) counters[to]!.join(through(deltas[which % deltas.length]!))
      for (const one of counters) for (const other of counters) one.join(through(other.state()))
      const sum = adds.reduce((total, [, amount]) => total + amount, 0)
      for (const one of counters) expect(one.value).toBe(sum)
      for (const one of counters) expect(JSON.stringify(one.state())).toBe(JSON.stringify(counters[0]!.state()))
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
    expect(counter.state()).toEqual([])
  })
})

describe('a bounded counter alone', () => {
  const names = ['a', 'b', 'c', '__proto__x']
  const act = fc.record({ who: fc.nat({ max: 3 }), to: fc.nat({ max: 3 }), amount: fc.integer({ min: -9, max: 9 }), isTransfer: fc.boolean() })

  /** What a bank with one book would say: rights by actor; a transfer adds to the receiver's only once it is heard of. */
  it('never goes below its bound, whatever is heard of when; nothing is lost or doubled', () => {
    let refused = 0
    fc.assert(fc.property(fc.array(act, { maxLength: 30 }), deliveries, (acts, order) => {
      const counters = names.map((actor) => boundedCounter(actor, { min: -5 }))
      const deltas: Ledger[] = []
      let sum = 0
      for (const [index, { who, to, amount, isTransfer }] of acts.entries()) {
        const counter = counters[who]!
        const before = JSON.stringify(counter.state())
        const spent = isTransfer ? Math.abs(amount) + 1 : -amount
        try {
          deltas.push(isTransfer ? counter.transfer(names[to]!, spent) : counter.add(amount))
          if (!isTransfer) sum += amount
        } catch (error) {
          expect(error).toMatchObject({ code: 'no-rights' })
          expect(spent).toBeGreaterThan(counter.rights)
          expect(JSON.stringify(counter.state())).toBe(before)
          refused++
        }
        const [which, at] = order[index] ?? [0, 0]
        if (deltas.length > 0) counters[at]!.join(through(deltas[which % deltas.length]!))
        for (const each of counters) expect(each.rights).toBeGreaterThanOrEqual(0)
      }
      for (const one of [...counters, ...counters]) for (const other of counters) one.join(through(other.state()))
      for (const one of counters) expect([one.value, JSON.stringify(one.state())]).toEqual([sum - 5, JSON.stringify(counters[0]!.state())])
      expect(sum).toBeGreaterThanOrEqual(0)
      // All rights together are what may still be taken.
      expect(names.reduce((all, name) => all + counters[0]!.rightsOf(name), 0)).toBe(sum)
    }), { numRuns: 500 })
    expect(refused).toBeGreaterThan(100)
  })

  it('joins commutatively, associatively and idempotently', () => {
    const counts = fc.uniqueArray(fc.tuple(fc.constantFrom('a', 'b', '__proto__'), fc.nat(9), fc.nat(9)), { selector: ([actor]) => actor })
    const ledger = fc.uniqueArray(fc.tuple(fc.constantFrom('a', 'b', '__proto__'), counts), { selector: ([actor]) => actor })
    fc.assert(fc.property(ledger, ledger, ledger, (a, b, c) => {
      const [x, y, z] = [a, b, c].map((lines) => joinLedgers(zeroLedger, lines)) as [Ledger, Ledger, Ledger]
      expect(joinLedgers(x, y)).toEqual(joinLedgers(y, x))
      expect(joinLedgers(joinLedgers(x, y), z)).toEqual(joinLedgers(x, joinLedgers(y, z)))
      expect(joinLedgers(x, x)).toBe(x)
    }))
  })

  it('sells a seat once: rights that were given are gone here before they are heard of there', () => {
    const [home, away] = [boundedCounter('home'), boundedCounter('away')]
    home.add(10)
    const gift = home.transfer('away', 4)
    expect([home.rights, away.rights]).toEqual([6, 0])
    expect(() => home.add(-7)).toThrow(/'home'; there are 6/)
    expect([away.join(gift), away.join(gift), away.rights, rightsOf(away.state(), 'home')]).toEqual([true, false, 4, -4])
    away.add(-4)
    expect(() => away.add(-1)).toThrow(expect.objectContaining({ code: 'no-rights' }))
    home.join(away.state())
    expect([home.value, home.rights, home.transfer('home', 1)]).toEqual([6, 6, []])
  })

  it('refuses fractions, transfers of nothing, odd bounds and lines that are none', () => {
    const counter = boundedCounter('a', { min: 0 })
    counter.add(5)
    const before = JSON.stringify(counter.state())
    for (const amount of [0.5, NaN, Infinity, 2 ** 53]) expect(() => counter.add(amount)).toThrow(RangeError)
    for (const amount of [0, -1, 0.5, NaN]) expect(() => counter.transfer('b', amount)).toThrow(RangeError)
    for (const actor of ['', '__proto__', 1]) expect(() => counter.transfer(actor as string, 1)).toThrow(TypeError)
    expect(() => boundedCounter('a', { min: 0.5 })).toThrow(RangeError)
    expect(() => boundedCounter('a', { max: 5 } as never)).toThrow(/knows no option "max"/)
    for (const lines of [null, {}, [['a']], [['a', 1]], [['', []]], [[1, []]], [['a', [['b', -1, 0]]]]]) expect(() => counter.join(lines as never)).toThrow(expect.objectContaining({ code: 'corrupt' }))
    expect(JSON.stringify(counter.state())).toBe(before)
  })
})

describe('a remove-wins set and a grow-only set alone', () => {
  it('lets a removal win over an addition that has not seen it, and over no later one', () => {
    const [a, b] = [removeWinsSet('a'), removeWinsSet('b')]
    b.join(a.add('x'))
    const [removal, addition] = [a.delete('x')!, b.add('x')]
    a.join(addition)
    b.join(removal)
    expect([[...a], [...b], a.size, b.has('x')]).toEqual([[], [], 0, false])
    expect(b.delete('x')).toBeUndefined()
    a.join(b.add('x'))
    expect([[...a], [...b]]).toEqual([['x'], ['x']])
  })

  it('agrees with a book of all operations that knows which had seen which', () => {
    const op = fc.record({ who: fc.nat({ max: 2 }), element: fc.constantFrom('x', 'y', 1), add: fc.boolean() })
    let removals = 0
    fc.assert(fc.property(fc.array(op, { maxLength: 20 }), deliveries, (ops, order) => {
      const sets = ['a', 'b', 'c'].map((actor) => removeWinsSet<string | number>(actor))
      const book: { readonly delta: Delta; readonly element: string | number; readonly add: boolean; readonly saw: ReadonlySet<number> }[] = []
      const heard = sets.map(() => new Set<number>())
      const hear = (to: number, which: number): void => {
        sets[to]!.join(through(book[which]!.delta))
        heard[to]!.add(which)
      }
      for (const [index, { who, element, add }] of ops.entries()) {
        const delta = add ? sets[who]!.add(element) : sets[who]!.delete(element)
        if (delta !== undefined) {
          book.push({ delta, element, add, saw: new Set(heard[who]) })
          heard[who]!.add(book.length - 1)
          if (!add) removals++
        }
        const [which, to] = order[index] ?? [0, 0]
        if (book.length > 0) hear(to, which % book.length)
      }
      for (const [to] of sets.entries()) for (const [which] of book.entries()) hear(to, which)
      const latest = book.filter((one, index) => !book.some(({ element, saw }) => element === one.element && saw.has(index)))
      const members = [...new Set(latest.map(({ element }) => element))].filter((element) => latest.every((one) => one.element !== element || one.add))
      for (const set of sets) expect([...set].map(String).sort()).toEqual(members.map(String).sort())
      const reader = removeWinsSet<string | number>('reader', through(sets[0]!.state()))
      expect([...reader].map(String).sort()).toEqual([...sets[0]!].map(String).sort())
    }), { numRuns: 1000 })
    expect(removals).toBeGreaterThan(100)
  })

  it('unites what was ever added', () => {
    fc.assert(fc.property(fc.array(fc.array(fc.oneof(fc.string({ unit: 'grapheme' }), fc.integer(), fc.boolean(), fc.constant(null)))), (lists) => {
      const sets = lists.map((list) => growOnlySet<string | number | boolean | null>(list))
      const all = growOnlySet<string | number | boolean | null>()
      for (const set of sets) all.join(through(set.state()))
      const again = growOnlySet<string | number | boolean | null>()
      for (const set of sets.reverse()) for (const element of set) again.join(through(again.has(element) ? [] : again.add(element)))
      expect(JSON.stringify(again.state())).toBe(JSON.stringify(all.state()))
      expect([all.join(again.state()), all.size]).toEqual([false, new Set(lists.flat()).size])
      expect([...all].every((element) => all.has(element))).toBe(true)
    }))
    for (const bad of [null, {}, 'ab', [NaN], [{}], ['\ud800'], [['a']]]) {
      const set = growOnlySet(['kept'])
      expect(() => set.join(bad as never)).toThrow(expect.objectContaining({ code: 'corrupt' }))
      expect(set.state()).toEqual(['kept'])
    }
    expect(() => growOnlySet().add({} as never)).toThrow(TypeError)
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
      expect(new Set(sets[0]!.state().rows.map(([element]) => element)).size).toBe(sets[0]!.size)
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
    expect(b.set('k', 'c').rows[0]!.slice(4)).toEqual([5, 1])
    const [x, y] = [register('x'), register('y')]
    const [p, q] = [x.set(1), y.set(2)]
    x.join(q)
    y.join(p)
    expect([x.value, y.value, x.values]).toEqual([2, 2, [1, 2]])
    y.join(x.set(3))
    expect(y.values).toEqual([3])
  })
})

describe('a map alone, beside a book of all operations', () => {
  interface Entry {
    readonly key: string
    readonly value: number | undefined
    /** The operations whose content it removed. */
    readonly killed: ReadonlySet<number>
    readonly delta: Delta
    /** Stamp and actor, to sort by. */
    readonly rank: readonly [ms: number, actor: string]
  }

  const names = ['a', 'b', 'c']
  const who = fc.nat({ max: 2 })
  const step = fc.oneof(
    { weight: 4, arbitrary: fc.record({ type: fc.constant('write' as const), who, key: fc.constantFrom('x', 'y', '__proto__'), isRemoval: fc.boolean() }) },
    { weight: 3, arbitrary: fc.record({ type: fc.constant('deliver' as const), who, which: fc.nat() }) },
    { weight: 2, arbitrary: fc.record({ type: fc.constant('state' as const), who, from: who }) },
    { weight: 1, arbitrary: fc.record({ type: fc.constant('restart' as const), who }) },
  )

  it('shows what was written and not removed by anything heard, through loss, repeats, overtaking, states and restarts', () => {
    let concurrent = 0
    let overtaken = 0
    fc.assert(fc.property(fc.array(step, { minLength: 10, maxLength: 60 }), (steps) => {
      const maps = names.map((name) => lwwMap<number>(name))
      const heard = names.map(() => new Set<number>())
      const book: Entry[] = []
      /** In the order of their making, which decides between two of one actor that have one stamp. */
      const alive = (at: number, key: string): number[] => {
        const dead = new Set([...heard[at]!].flatMap((index) => [...book[index]!.killed]))
        return [...heard[at]!].sort((one, other) => one - other).filter((index) => book[index]!.key === key && book[index]!.value !== undefined && !dead.has(index))
      }
      const agree = (at: number): void => {
        for (const key of ['x', 'y', '__proto__']) {
          const left = alive(at, key).map((index) => book[index]!).sort((one, other) => one.rank[0] - other.rank[0] || (one.rank[1] === other.rank[1] ? 0 : one.rank[1] < other.rank[1] ? -1 : 1))
          if (left.length > 1) concurrent++
          expect([maps[at]!.has(key), maps[at]!.get(key)]).toEqual([left.length > 0, left.at(-1)?.value])
          expect(maps[at]!.state().rows.filter(([place]) => place === key).map(([, , , value]) => value)).toEqual(left.map(({ value }) => value))
        }
      }
      for (const one of steps) {
        const map = maps[one.who]!
        if (one.type === 'write') {
          const killed = new Set(alive(one.who, one.key))
          const value = one.isRemoval ? undefined : book.length
          const delta = value === undefined ? map.delete(one.key) : map.set(one.key, value)
          expect(delta === undefined).toBe(one.isRemoval && killed.size === 0)
          if (delta === undefined) continue
          const rank = [delta.rows[0]![4] ?? 0, names[one.who]!] as const
          if (value !== undefined) for (const index of killed) expect(rank[0]).toBeGreaterThan(book[index]!.rank[0])
          heard[one.who]!.add(book.push({ key: one.key, value, killed, delta, rank }) - 1)
        } else if (one.type === 'deliver' && book.length > 0) {
          const which = one.which % book.length
          if ([...book[which]!.killed].some((index) => !heard[one.who]!.has(index))) overtaken++
          expect(map.join(through(book[which]!.delta))).toBe(!heard[one.who]!.has(which))
          heard[one.who]!.add(which)
        } else if (one.type === 'state') {
          expect(map.join(through(maps[one.from]!.state()))).toBe([...heard[one.from]!].some((index) => !heard[one.who]!.has(index)))
          for (const index of heard[one.from]!) heard[one.who]!.add(index)
        } else if (one.type === 'restart') {
          maps[one.who] = lwwMap(names[one.who]!, { state: through(map.state()) })
        }
        agree(one.who)
      }
      for (const [at] of names.entries()) for (const { delta } of book) maps[at]!.join(delta)
      for (const set of heard) for (const index of book.keys()) set.add(index)
      for (const [at] of names.entries()) agree(at)
      // Nothing is left of what was removed.
      expect(maps[0]!.state().dead).toEqual([])
    }), { numRuns: 2000 })
    expect(concurrent).toBeGreaterThan(100)
    expect(overtaken).toBeGreaterThan(100)
  })

  it('goes on after its own last operation, of which others know, and asks its clock about the stamps of others alone', () => {
    const [a, b] = [lwwMap('a'), lwwMap('b')]
    const deltas = [1, 2, 3].map((value) => a.set('k', value))
    for (const heard of [0, 2]) b.join(deltas[heard]!)
    const asked: string[][] = []
    const clock = {
      now: () => ({ ms: 9, count: 0, node: 'a' }),
      receiveAll(remotes: Iterable<Stamp>) {
        asked.push(Array.from(remotes, ({ node }) => node))
        return this.now()
      },
    }
    b.set('other', 1)
    const again = lwwMap('a', { clock, state: through(b.state()) })
    expect(asked).toEqual([['b']])
    expect(again.set('k', 4).rows[0]!.slice(1, 3)).toEqual(['a', 4])
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

  it('count a write once that they name twice, and are refused when they speak of operations backwards', () => {
    const map = lwwMap('victim')
    const [row] = lwwMap('other').set('twice', 1).rows
    map.join({ rows: [row!, row!] })
    expect(map.state().rows).toEqual([row])
    for (const bad of [{ rows: [], spans: [['a', 2, 1]] }, { rows: [], dead: [['a', 2, 1]] }, { rows: [['k', 'a', 1, 1]] }, { rows: [['k', 'a', 0]] }, { rows: [[]] }, { rows: [[{}, 'a', 1]] }]) {
      expect(() => map.join(bad as never)).toThrow(expect.objectContaining({ code: 'corrupt' }))
    }
    expect(map.state().rows).toEqual([row])
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
