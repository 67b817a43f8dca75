import { expect, test } from 'vitest'
import { defineStore, type Backend } from '../../src/adapters/store.ts'
import { manualClock, memoryBackend } from '../../src/adapters/testing.ts'
import { createLimiter } from '../../src/index.ts'

/**
 * Found by the campaign `ratelimit/shared`, seed 146: each time the store went away, what it had last been owed was laid on this process's
 * share once more. After two outages the share owed more than it can hold, and a caller was told to come back in 274 s.
 */
test('a store that goes away again and again does not lay its debt on the share twice', async () => {
  const clock = manualClock(1_000_000)
  const sound = memoryBackend({ now: () => clock.monotonic() })
  let up = true
  const backend: Backend = { run: (key, measures, calls) => (up ? sound.run(key, measures, calls) : Promise.reject(new Error('the store is away'))) }
  await using limiter = createLimiter({ limit: 30, perMs: 10_000, burst: 600 }, { store: defineStore(backend), outage: 'local', replicas: 3, lease: false, recallMs: 1000, clock })
  await limiter.charge('key', 590)
  const waits: number[] = []
  for (let outage = 0; outage < 5; outage += 1) {
    // Sixteen are refused by the store, so its debt is known here; one would fit, but then the store is away, and the share decides.
    up = true
    clock.advance(5_000)
    await limiter.charge('key', 15)
    await limiter.take('key', 16)
    up = false
    for (let tries = 0; tries < 20; tries += 1) {
      const { limit, reason, retryAfterMs } = await limiter.take('key')
      if (limit === 10 && reason === 'limit') waits.push(retryAfterMs)
      clock.advance(1)
    }
  }
  expect(waits.length).toBeGreaterThan(20)
  // One token of a full bucket of ten in ten seconds.
  expect(Math.max(...waits)).toBeLessThanOrEqual(1_000)
})
