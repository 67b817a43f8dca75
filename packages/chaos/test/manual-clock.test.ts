import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'

import { manualClock } from '../src/index.ts'

describe('manualClock', () => {
  test('runs timers by time and then by age, each at its own instant, whatever the steps of the advance', () => {
    const timer = fc.record({ ms: fc.integer({ min: 0, max: 50 }), cancelled: fc.boolean(), child: fc.option(fc.integer({ min: 0, max: 20 })) })
    fc.assert(fc.property(fc.array(timer, { maxLength: 20 }), fc.array(fc.integer({ min: 0, max: 30 }), { minLength: 1, maxLength: 10 }), (timers, steps) => {
      const clock = manualClock({ start: 1000 })
      const ran: string[] = []
      for (const [name, { ms, cancelled, child }] of timers.entries()) {
        const set = clock.after(ms, () => {
          ran.push(`${clock.monotonic()} ${name}`)
          if (child !== null) clock.after(child, () => ran.push(`${clock.monotonic()} child of ${name}`))
        })
        if (cancelled) set.cancel()
      }
      for (const ms of steps) clock.advance(ms)
      const end = steps.reduce((sum, ms) => sum + ms, 0)
      expect(ran).toEqual(slowly(timers, end))
      expect(clock.monotonic()).toBe(end)
      expect(clock.now()).toBe(1000 + end)
    }))
  })

  test('set steps the wall clock only: timers and monotonic do not notice', () => {
    const clock = manualClock({ start: 5_000 })
    let ran = 0
    clock.after(100, () => ran++)
    clock.advance(40)
    clock.set(1)
    expect([clock.now(), clock.monotonic(), clock.nextMs]).toEqual([1, 40, 60])
    clock.advance(60)
    expect([clock.now(), ran, clock.pending]).toEqual([61, 1, 0])
  })

  test('advanceAsync lets promises run between timers, so that a chain of waits keeps its instants', async () => {
    const clock = manualClock()
    const seen: number[] = []
    const sleep = (ms: number): Promise<void> => new Promise((resolve) => void clock.after(ms, resolve))
    void (async () => {
      for (const ms of [10, 20, 5]) {
        await sleep(ms)
        for (let hop = 0; hop < 100; hop++) await undefined
        seen.push(clock.monotonic())
      }
    })()
    await clock.advanceAsync(30)
    expect(seen).toEqual([10, 30])
    await clock.advanceAsync(5)
    expect(seen).toEqual([10, 30, 35])
  })

  test('a throwing timer does not stop the others, and its error is not lost', () => {
    const clock = manualClock()
    let ran = 0
    clock.after(1, () => {
      throw new Error('first')
    })
    clock.after(2, () => ran++)
    expect(() => clock.advance(5)).toThrow('first')
    expect([ran, clock.monotonic()]).toEqual([1, 5])
  })

  test('wrong use is refused and moves nothing', () => {
    const clock = manualClock()
    for (const ms of [-1, Number.NaN, Infinity]) {
      expect(() => clock.advance(ms)).toThrow(RangeError)
      expect(() => clock.after(ms, () => {})).toThrow(RangeError)
    }
    expect(() => clock.set(Number.NaN)).toThrow(/finite number, got NaN/)
    expect(() => manualClock({ begin: 1 } as object)).toThrow(/known fields only, got 'begin'/)
    clock.after(1, () => clock.advance(1))
    expect(() => clock.advance(1)).toThrow(/one advance at a time/)
    expect([clock.now(), clock.pending]).toEqual([1, 0])
  })
})

/** The obvious model: one millisecond at a time, oldest first, until nothing more is due at that instant. */
function slowly(timers: readonly { ms: number; cancelled: boolean; child: number | null }[], end: number): string[] {
  const waiting = timers.map(({ ms, cancelled, child }, name) => ({ at: cancelled ? Infinity : ms, name: String(name), child }))
  const ran: string[] = []
  for (let now = 0; now <= end; now++) {
    for (let due = waiting.find((one) => one.at === now); due !== undefined; due = waiting.find((one) => one.at === now)) {
      due.at = Infinity
      ran.push(`${now} ${due.name}`)
      if (due.child !== null) waiting.push({ at: now + due.child, name: `child of ${due.name}`, child: null })
    }
  }
  return ran
}
