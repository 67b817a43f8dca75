import { throttle } from '@distrokit/breaker'
import { manualClock } from '@distrokit/breaker/testing'
import { expect, test } from 'vitest'

test('calls that run for longer than the window of a throttle and are then cancelled shed nobody', async () => {
  const clock = manualClock()
  const policy = throttle({ windowMs: 1000, clock, random: () => 0.5 })
  const stop = new AbortController()
  const downloads = Array.from({ length: 10 }, () => policy.run(({ signal }) => new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason))), stop).catch(() => {}))
  await clock.advance(5000)
  stop.abort(new Error('the tab was closed'))
  await Promise.all(downloads)
  for (let i = 0; i < 20; i++) {
    expect(policy.share).toBe(0)
    expect(await policy.run(() => 'well')).toBe('well')
  }
})
