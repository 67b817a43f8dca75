import { bulkhead, TimeoutError } from '@distrokit/breaker'
import { manualClock } from '@distrokit/breaker/testing'
import { expect, test } from 'vitest'

test('a call whose deadline has passed is not queued, and no timer is asked for a negative time', async () => {
  const clock = manualClock()
  const waits: number[] = []
  const policy = bulkhead({ limit: 1, queue: 5, clock: { monotonic: clock.monotonic, after: (ms, run) => (waits.push(ms), clock.after(ms, run)) } })
  const first = Promise.withResolvers<string>()
  const running = policy.run(() => first.promise)
  await expect(policy.run(() => 'late', { deadlineMs: clock.monotonic() - 5 })).rejects.toBeInstanceOf(TimeoutError)
  expect(waits.filter((ms) => ms < 0)).toEqual([])
  expect(policy.queued).toBe(0)
  first.resolve('done')
  expect(await running).toBe('done')
})
