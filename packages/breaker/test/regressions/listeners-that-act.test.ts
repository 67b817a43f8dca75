import { consecutive, createBreaker, reset, trip } from '@distrokit/breaker'
import { manualClock } from '@distrokit/breaker/testing'
import { expect, test } from 'vitest'
import { fail, setUp, succeed } from '../world.ts'

test('a listener that opens upon an outcome is told of one opening', async () => {
  const { breaker, transitions } = setUp()
  breaker.onEvent((event) => {
    if (event.type === 'outcome' && event.verdict === 'fail') trip(breaker, 'that was fatal')
  })
  await fail(breaker)
  expect(transitions()).toEqual(['closed → open'])
})

test('a listener that closes again upon the outcome that opened is told of both, in order', async () => {
  const { breaker, transitions } = setUp({ trip: consecutive(1) })
  breaker.onEvent((event) => {
    if (event.type === 'outcome' && event.verdict === 'fail') reset(breaker)
  })
  await fail(breaker)
  expect(transitions()).toEqual(['closed → open', 'open → closed'])
})

test('the result of a probe whose generation a listener has ended decides nothing', async () => {
  const clock = manualClock()
  const breaker = createBreaker({ trip: consecutive(1), openMs: 1000, jitter: 0, clock })
  await fail(breaker)
  breaker.onEvent((event) => {
    if (event.type === 'transition' && event.to === 'half-open') trip(breaker, 'not yet', 5000)
  })
  await clock.advance(1000)
  expect(await succeed(breaker)).toBe('answer')
  expect([breaker.state, breaker.retryAfterMs]).toEqual(['open', 5000])
  await expect(succeed(breaker)).rejects.toMatchObject({ code: 'open' })
})
