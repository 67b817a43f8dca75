import { describe, expect, it } from 'vitest'
import { consecutive, createBreaker, OpenError } from '@distrokit/breaker'
import type { BreakerEvent, BreakerOptions, Breaker } from '@distrokit/breaker'
import { manualClock } from '@distrokit/breaker/testing'

function setUp(options: BreakerOptions = {}) {
  const clock = manualClock()
  const breaker = createBreaker({ trip: consecutive(3), openMs: 1000, jitter: 0, clock, ...options })
  const events: BreakerEvent[] = []
  breaker.onEvent((event) => events.push(event))
  const transitions = () => events.flatMap((event) => (event.type === 'transition' ? [`${event.from} → ${event.to}`] : []))
  return { clock, breaker, events, transitions }
}
const succeed = (breaker: Breaker) => breaker.run(async () => 'answer')
const fail = (breaker: Breaker) => breaker.run(async () => { throw new Error('down') }).catch((error: unknown) => error)

describe('a breaker', () => {
  it('hands the result through', async () => {
    expect(await succeed(setUp().breaker)).toBe('answer')
  })

  it('opens, waits, probes and closes', async () => {
    const { breaker, clock, transitions } = setUp()
    for (let i = 0; i < 3; i++) await fail(breaker)
    expect(breaker.state).toBe('open')
    expect(breaker.retryAfterMs).toBe(1000)
    await expect(succeed(breaker)).rejects.toMatchObject({ code: 'open', reason: 'open', retryAfterMs: 1000, cause: new Error('down') })
    await clock.advance(999)
    await expect(succeed(breaker)).rejects.toBeInstanceOf(OpenError)
    await clock.advance(1)
    expect(await succeed(breaker)).toBe('answer')
    expect(transitions()).toEqual(['closed → open', 'open → half-open', 'half-open → closed'])
  })
})
