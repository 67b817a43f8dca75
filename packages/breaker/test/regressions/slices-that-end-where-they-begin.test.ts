import { expect, test } from 'vitest'
import { TimeRing } from '../../src/core/time-ring.ts'

test('a slice that by rounding ends where it begins is forgotten like any other', () => {
  // 34 / 0.34 is a little less than 100 and 100 * 0.34 is 34, so that 34 is in slice 99 and at its end.
  const ring = new TimeRing(0.34, 50)
  ring.advance(34)
  ring.total++
  for (let i = 0; i < 3; i++) ring.advance(34)
  ring.advance(35)
  expect(ring.total).toBe(1)
  ring.advance(51)
  expect(ring.total).toBe(0)
})
