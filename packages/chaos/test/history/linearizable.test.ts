import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'

import { createRandom } from '../../src/index.ts'
import { checkLinearizable, checkVersions, createHistory, register } from '../../src/adapters/testing.ts'
import type { Operation, RegisterOp, VersionedOp } from '../../src/adapters/testing.ts'

type One = Operation<RegisterOp<number>, number | boolean | undefined>
const read = (): RegisterOp<number> => ({ type: 'read' })
const write = (value: number): RegisterOp<number> => ({ type: 'write', value })
const cas = (from: number | undefined, to: number): RegisterOp<number> => ({ type: 'cas', from, to })

/** A history from lines `[op, invoked, returned, value]`; no return means unknown, `'fail'` as value a failure. */
function told(...lines: readonly (readonly [RegisterOp<number>, number, number?, (number | boolean | 'fail' | undefined)?])[]): One[] {
  return lines.map(([op, invoked, returned = Infinity, value]) => ({
    process: String(invoked),
    op,
    invoked,
    returned,
    ending: returned === Infinity ? 'unknown' : value === 'fail' ? 'fail' : 'ok',
    value: value === 'fail' ? undefined : value,
  }))
}

const valid = (history: One[]): boolean => checkLinearizable(history, register<number>()).valid

/** The definition, read aloud: try every order that keeps real time, with and without each unknown operation. */
function slowly(left: readonly One[], state: number | undefined = undefined): boolean {
  const owed = left.filter((one) => one.ending === 'ok')
  if (owed.length === 0) return true
  const { step } = register<number>()
  return left.some((one) => {
    if (one.ending === 'fail' || owed.some((other) => other.returned < one.invoked)) return false
    const after = step(state, one.op, one.value)
    return after !== undefined && slowly(left.filter((other) => other !== one), after.state)
  })
}

describe('checkLinearizable', () => {
  const good: Record<string, One[]> = {
    'nothing at all': [],
    'a write and then its read': told([write(1), 0, 1], [read(), 2, 3, 1]),
    'reads that overlap a write and see either side': told([write(1), 0, 5], [read(), 1, 2, undefined], [read(), 3, 4, 1]),
    'an unknown write that is seen much later': told([write(1), 0], [write(2), 1, 2], [read(), 3, 4, 2], [read(), 5, 6, 1]),
    'an unknown write that is never seen': told([write(1), 0], [read(), 1, 2, undefined]),
    'a failed write that nobody sees': told([write(1), 0, 1, 'fail'], [read(), 2, 3, undefined]),
    'two swaps, of which one wins': told([cas(undefined, 1), 0, 3, true], [cas(undefined, 2), 1, 2, false], [read(), 4, 5, 1]),
    'an unknown swap that did it': told([cas(undefined, 1), 0], [read(), 1, 2, 1]),
  }
  const bad: Record<string, One[]> = {
    'a stale read': told([write(1), 0, 1], [read(), 2, 3, undefined]),
    'a value that nobody wrote': told([read(), 0, 1, 7]),
    'a read that goes back': told([write(1), 0, 9], [read(), 1, 2, 1], [read(), 3, 4, undefined]),
    'a failed write that is seen': told([write(1), 0, 1, 'fail'], [read(), 2, 3, 1]),
    'two swaps from the same value that both win': told([cas(undefined, 1), 0, 3, true], [cas(undefined, 2), 1, 2, true]),
    'a swap that fails although nobody was there': told([write(1), 0, 1], [cas(1, 2), 2, 3, false]),
    'an unknown write that is seen before it began': told([read(), 0, 1, 1], [write(1), 2]),
    'an unknown write that happens twice': told([write(1), 0], [read(), 1, 2, 1], [write(2), 3, 4], [read(), 5, 6, 2], [read(), 7, 8, 1]),
  }

  test.each(Object.keys(good))('accepts %s', (name) => expect(valid(good[name] ?? [])).toBe(true))
  test.each(Object.keys(bad))('refuses %s', (name) => expect(valid(bad[name] ?? [])).toBe(false))

  const small = fc.array(
    fc.record({
      op: fc.oneof(
        fc.constant(read()),
        fc.integer({ min: 1, max: 3 }).map(write),
        fc.tuple(fc.constantFrom(undefined, 1, 2), fc.integer({ min: 1, max: 3 })).map(([from, to]) => cas(from, to)),
      ),
      value: fc.constantFrom<(number | undefined)[]>(undefined, 1, 2, 3),
      won: fc.boolean(),
      ending: fc.constantFrom<One['ending'][]>('ok', 'ok', 'ok', 'fail', 'unknown'),
      at: fc.tuple(fc.integer({ min: 0, max: 9 }), fc.integer({ min: 1, max: 6 })),
    }),
    { maxLength: 6 },
  ).map((lines) => lines.map(({ op, value, won, ending, at: [invoked, lasted] }, index): One => ({
    process: String(index),
    op,
    ending,
    value: ending !== 'ok' || op.type === 'write' ? undefined : op.type === 'cas' ? won : value,
    // Fractions keep all instants different, as a recorder does.
    invoked: invoked + index / 100,
    returned: ending === 'unknown' ? Infinity : invoked + lasted + index / 100 + 0.001,
  })))

  test('agrees with every order tried one by one', () => {
    let [yes, no] = [0, 0]
    fc.assert(fc.property(small, (history) => {
      const expected = slowly(history)
      expect(valid(history)).toBe(expected)
      if (expected) yes++
      else no++
    }), { numRuns: 1500 })
    expect(Math.min(yes, no)).toBeGreaterThan(50)
  })

  test('accepts whatever an atomic register really did, and refuses it once one read is made to lie', () => {
    for (let seed = 0; seed < 30; seed++) {
      const history = atomic(seed, 60)
      expect(valid(history)).toBe(true)
      const lie = history.findLast((one) => one.op.type === 'read' && one.ending === 'ok')
      if (lie === undefined) continue
      expect(valid(history.map((one) => (one === lie ? { ...one, value: 999 } : one)))).toBe(false)
    }
  })

  test('checks each key alone, and names the key and the operations that no order can place', () => {
    const keyed = (key: string, history: One[]): One[] => history.map((one) => ({ ...one, op: { ...one.op, key } }))
    const verdict = checkLinearizable([...keyed('good', told([write(1), 0, 1])), ...keyed('bad', told([write(1), 0, 1], [read(), 2, 3, 5]))], register<number>())
    expect(verdict.anomalies).toHaveLength(1)
    expect(verdict.anomalies[0]?.message).toContain("on 'bad'")
    expect(verdict.anomalies[0]?.operations.map((one) => one.value)).toEqual([5])
  })

  test('gives up on a history that overlaps too much, and says what to do', () => {
    const wide = told(...Array.from({ length: 24 }, (_, at) => [write(at), at, 100 + at] as const), [read(), 200, 201, 999])
    expect(() => checkLinearizable(wide, register<number>(), 20_000)).toThrow(/at most 20000 steps, needed more for 25 operations. Check shorter histories/)
  })
})

describe('checkVersions', () => {
  type Versioned = Operation<VersionedOp, string | undefined>
  /** The same history for the searching checker: a write is a swap that won if it was acknowledged. */
  const searched = (history: readonly Versioned[]): boolean => checkLinearizable(
    history.map((one) => ({
      ...one,
      op: one.op.type === 'read' ? { type: 'read' as const } : { type: 'cas' as const, from: one.op.from, to: one.op.to },
      value: one.ending !== 'ok' ? undefined : one.op.type === 'read' ? one.value : true,
    })),
    register<string>(),
  ).valid

  /** Clients that read a version and swap it for one of their own, on a register that may lie. */
  function clients(seed: number, lies: boolean): Versioned[] {
    const random = createRandom(seed)
    const history = createHistory<VersionedOp, string | undefined>()
    let state: string | undefined
    const states: (string | undefined)[] = [undefined]
    const open: (() => void)[] = []
    for (let at = 0; at < 14; at++) {
      const seen = lies && random.chance(0.15) ? random.pick(states) : state
      if (random.chance(0.5)) {
        const call = history.invoke('r', { type: 'read' })
        open.push(() => call.ok(seen))
      } else {
        const to = `v${at}`
        const from = seen
        const call = history.invoke('w', { type: 'write', from, to })
        const wins = state === from || lies
        if (wins && random.chance(0.9)) {
          state = to
          states.push(to)
          if (random.chance(0.8)) open.push(() => call.ok(to))
        } else if (!wins) open.push(() => call.fail())
      }
      while (open.length > 0 && random.chance(0.6)) (open.splice(random.integer(0, open.length - 1), 1)[0] as () => void)()
    }
    return [...history.operations]
  }

  test('agrees with the search, on honest registers and on lying ones', () => {
    let bad = 0
    for (let seed = 0; seed < 1500; seed++) {
      const history = clients(seed, seed % 3 > 0)
      const verdict = checkVersions(history)
      expect(`${seed} ${verdict.valid}`).toBe(`${seed} ${searched(history)}`)
      if (!verdict.valid) bad++
    }
    expect(bad).toBeGreaterThan(300)
    expect(bad).toBeLessThan(1000)
  })

  test('names what it finds', () => {
    const names = (...lines: readonly (readonly [VersionedOp, number, number, string?])[]): string[] =>
      checkVersions(lines.map(([op, invoked, returned, value]) => ({ process: '', op, invoked, returned, value, ending: returned === Infinity ? 'unknown' : 'ok' }))).anomalies.map((one) => one.name)
    const [first, second] = [{ type: 'write', from: undefined, to: 'a' }, { type: 'write', from: 'a', to: 'b' }] as const
    expect(names([first, 0, 1], [second, 2, 3], [{ type: 'read' }, 4, 5, 'a'])).toEqual(['stale read'])
    expect(names([{ type: 'read' }, 0, 1, 'x'])).toEqual(['phantom'])
    expect(names([first, 0, 1], [{ type: 'write', from: undefined, to: 'c' }, 2, 3])).toContain('lost update')
    expect(names([{ type: 'read' }, 0, 1, 'a'], [first, 2, Infinity])).toContain('read from the future')
    expect(names([first, 0, 1], [second, 2, 3], [{ type: 'read' }, 4, 5, 'b'])).toEqual([])
  })

  test('takes a hundred thousand operations in its stride', () => {
    const history = createHistory<VersionedOp, string | undefined>({ maxOperations: 100_000 })
    for (let at = 0; at < 50_000; at++) {
      history.invoke('w', { type: 'write', from: at === 0 ? undefined : `v${at - 1}`, to: `v${at}` }).ok(`v${at}`)
      history.invoke('r', { type: 'read' }).ok(`v${at}`)
    }
    const began = process.cpuUsage()
    expect(checkVersions(history.operations).valid).toBe(true)
    // Time of this process alone, in microseconds: a busy machine is no slow checker.
    expect(process.cpuUsage(began).user).toBeLessThan(3_000_000)
  })
})

describe('createHistory', () => {
  test('orders beginnings and endings, leaves what never ended unknown, and a rejection too', async () => {
    const history = createHistory<string, number>()
    const open = history.invoke('a', 'first')
    history.invoke('b', 'second').fail()
    history.invoke('c', 'third')
    open.ok(7)
    await expect(history.record('d', 'fourth', () => Promise.reject(new Error('time-out')))).rejects.toThrow('time-out')
    await expect(history.record('d', 'fifth', () => Promise.reject(new Error('refused')), () => true)).rejects.toThrow('refused')
    expect(await history.record('d', 'sixth', () => 8)).toBe(8)
    expect(history.operations.map(({ op, ending, value, invoked, returned }) => [op, ending, value, invoked, returned])).toEqual([
      ['first', 'ok', 7, 0, 4], ['second', 'fail', undefined, 1, 2], ['third', 'unknown', undefined, 3, Infinity],
      ['fourth', 'unknown', undefined, 5, Infinity], ['fifth', 'fail', undefined, 6, 7], ['sixth', 'ok', 8, 8, 9],
    ])
    expect(() => open.fail()).toThrow(/settled once/)
  })

  test('has a bound', () => {
    const history = createHistory({ maxOperations: 1 })
    history.invoke('a', 1)
    expect(() => history.invoke('a', 2)).toThrow(/at most 1 operations/)
    expect(() => createHistory({ maxOperations: 0 })).toThrow(RangeError)
  })
})

/** What five clients of an atomic register see: each operation takes effect somewhere between its two ends. */
function atomic(seed: number, length: number): One[] {
  const random = createRandom(seed)
  const history = createHistory<RegisterOp<number>, number | boolean | undefined>()
  let state: number | undefined
  let begun = 0
  const clients = Array.from({ length: 5 }, (): (() => void)[] => [])
  while (begun < length || clients.some((steps) => steps.length > 0)) {
    const at = random.integer(0, 4)
    const steps = clients[at] as (() => void)[]
    const step = steps.shift()
    if (step !== undefined) {
      step()
      continue
    }
    if (begun++ >= length) continue
    const op = random.pick([read(), write(random.integer(1, 9)), cas(random.integer(1, 9), random.integer(1, 9))])
    const call = history.invoke(`client ${at}`, op)
    let answer: number | boolean | undefined
    const act = (): void => {
      const swapped = op.type === 'cas' && state === op.from
      answer = op.type === 'read' ? state : op.type === 'cas' ? swapped : undefined
      if (op.type === 'write') state = op.value
      if (op.type === 'cas' && swapped) state = op.to
    }
    steps.push(act)
    if (random.chance(0.95)) steps.push(() => call.ok(answer))
  }
  return [...history.operations]
}
