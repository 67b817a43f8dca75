import { expect, it } from 'vitest'
import { bulkhead, compose, createBreaker, retry, timeout, wrap } from '@distrokit/breaker'

it('composes with real time', async () => {
  const policy = compose(retry({ retries: 2, baseMs: 1 }), createBreaker(), bulkhead({ limit: 2, queue: 3 }), timeout(50))
  let n = 0
  expect(await policy.run(async ({ attempt }) => { n++; if (attempt < 3) throw new Error('x'); return attempt })).toBe(3)
  expect(n).toBe(3)
  await expect(compose(timeout(5)).run(() => new Promise(() => {}))).rejects.toMatchObject({ code: 'timeout', timeoutMs: 5 })
  expect(await wrap(policy, (a: number, b: number) => a + b)(1, 2)).toBe(3)
})
