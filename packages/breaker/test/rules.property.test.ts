import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { failureCount, failureRate, slowRate } from '@distrokit/breaker'
import { TimeRing } from '../src/core/time-ring.ts'
import { opens } from './model/breaker-model.ts'

const history = fc.array(fc.record({ failed: fc.boolean(), gapMs: fc.oneof(fc.nat(20), fc.nat(5000)) }), { maxLength: 200, size: 'max' })

describe('the rules agree with a plain list of all records', () => {
  it('failureCount, with any size, ratio and minimum', () => {
    fc.assert(
      fc.property(history, fc.integer({ min: 1, max: 70 }), fc.double({ min: 0.01, max: 1, noNaN: true }), fc.double({ min: 0, max: 1, noNaN: true }), (calls, size, ratio, share) => {
        const min = Math.max(1, Math.round(share * size))
        const window = failureCount({ size, ratio, min }).start()
        const model = opens.failureCount(size, ratio, min)
        const records: { at: number; failed: boolean }[] = []
        for (const { failed } of calls) {
          records.push({ at: 0, failed })
          expect(window.record(failed, 0, 0)).toBe(failed && model(records, 0))
        }
      }),
    )
  })

  it('failureRate, through bursts and silences', () => {
    fc.assert(
      fc.property(history, fc.integer({ min: 1, max: 3000 }), fc.integer({ min: 1, max: 12 }), fc.double({ min: 0.01, max: 1, noNaN: true }), (calls, windowMs, slices, ratio) => {
        const window = failureRate({ windowMs, slices, ratio, min: 3 }).start()
        const model = opens.failureRate(windowMs, slices, ratio, 3)
        const records: { at: number; failed: boolean }[] = []
        let now = 0
        for (const { failed, gapMs } of calls) {
          now += gapMs
          records.push({ at: now, failed })
          expect(window.record(failed, now, 0)).toBe(failed && model(records, now))
        }
      }),
    )
  })

  it('slowRate is failureRate over slowness, whether the slow call failed or not', () => {
    fc.assert(
      fc.property(history, (calls) => {
        const slow = slowRate({ slowerThanMs: 100, windowMs: 1000, ratio: 0.5, min: 3 }).start()
        const failed = failureRate({ windowMs: 1000, ratio: 0.5, min: 3 }).start()
        let now = 0
        for (const [index, call] of calls.entries()) {
          now += call.gapMs
          expect(slow.record(index % 2 === 0, now, call.failed ? 101 : 100)).toBe(failed.record(call.failed, now, 0))
        }
      }),
    )
  })

  it('a ring whose clock steps back never loses or invents a count', () => {
    const ring = new TimeRing(100, 10)
    ring.advance(5000)
    ring.total++
    ring.advance(1000)
    ring.total++
    expect(ring.total).toBe(2)
    ring.advance(6000)
    expect(ring.total).toBe(0)
  })
})
