import { describe, expect, it } from 'vitest'
import { createPresence } from '../src/presence.ts'

describe('presence', () => {
  const world = () => {
    let time = 0
    const clock = { monotonic: () => time }
    return { clock, pass: (ms: number) => { time += ms } }
  }

  it('is believed for its time to live, and longer when it is refreshed', () => {
    const { clock, pass } = world()
    const [a, b] = [createPresence<{ at: number }>({ actor: 'a', clock, ttlMs: 100 }), createPresence<{ at: number }>({ actor: 'b', clock, ttlMs: 100 })]
    expect(b.apply(a.set({ at: 1 }))).toBe(true)
    pass(99)
    expect([...b.states]).toEqual([['a', { at: 1 }]])
    b.apply(a.refresh())
    pass(99)
    expect(b.states.size).toBe(1)
    pass(1)
    expect(b.states.size).toBe(0)
    expect(a.states.get('a')).toEqual({ at: 1 })
  })

  it('takes the latest word of an actor, in any order, and forgets who leaves', () => {
    const { clock } = world()
    const [a, b] = [createPresence<number>({ actor: 'a', clock }), createPresence<number>({ actor: 'b', clock })]
    const [one, two] = [a.set(1), a.set(2)]
    expect([b.apply(two), b.apply(one), b.states.get('a')]).toEqual([true, false, 2])
    b.apply(a.set(null))
    expect(b.states.size).toBe(0)
    expect(() => b.apply({ actor: '', count: 1, state: 1 })).toThrow(expect.objectContaining({ code: 'corrupt' }))
  })

  it('speaks on after a restart under its old name, and holds no more than its limit', () => {
    const { clock } = world()
    const [a, b] = [createPresence<number>({ actor: 'a', clock }), createPresence<number>({ actor: 'b', clock, limit: 2 })]
    for (let count = 0; count < 5; count++) b.apply(a.set(count))
    const again = createPresence<number>({ actor: 'a', clock })
    again.apply({ actor: 'a', count: 5, state: 4 })
    expect(b.apply(again.set(9))).toBe(true)
    expect(b.apply({ actor: 'c', count: 1, state: 1 })).toBe(false)
  })
})
