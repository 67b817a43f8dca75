import { describe, expect, it } from 'vitest'
import type { Meter } from '@opentelemetry/api'
import { observe } from '../src/adapters/otel.ts'
import { manualClock, readAccessLog, simulate } from '../src/adapters/testing.ts'
import { createLimiter, perMinute } from '../src/index.ts'

describe('metrics', () => {
  it('count decisions and tokens by limit and reason, gauge sizes, never name a key, and stop when disposed of', () => {
    const points: [string, number, Record<string, unknown>][] = []
    const callbacks = new Set<(result: { observe(value: number, attributes: Record<string, unknown>): void }) => void>()
    const meter = {
      createCounter: (name: string) => ({ add: (value: number, attributes: Record<string, unknown>) => points.push([name, value, attributes]) }),
      createObservableGauge: () => ({ addCallback: (run: never) => callbacks.add(run), removeCallback: (run: never) => callbacks.delete(run) }),
    } as unknown as Meter
    const limiter = createLimiter(perMinute(2), { clock: manualClock() })
    const observing = observe(limiter, { name: 'api', meter })
    limiter.take('secret', 2)
    limiter.take('secret')
    const own = { 'ratelimit.limiter': 'api', 'ratelimit.policy': '2-per-minute' }
    expect(points).toEqual([
      ['ratelimit.decisions', 1, { ...own, 'ratelimit.reason': 'ok' }],
      ['ratelimit.tokens', 2, own],
      ['ratelimit.decisions', 1, { ...own, 'ratelimit.reason': 'limit' }],
    ])
    const sizes: unknown[] = []
    for (const run of callbacks) run({ observe: (value, attributes) => sizes.push([attributes['ratelimit.what'], value]) })
    expect(sizes).toContainEqual(['size', 1])
    observing[Symbol.dispose]()
    limiter.take('secret')
    expect([points.length, callbacks.size]).toEqual([3, 0])
  })
})

describe('the simulator', () => {
  it('replays an access log against limits and says who would have been refused', () => {
    const at = (second: number, address: string): string => `${address} - - [23/Nov/2026:10:00:${String(second).padStart(2, '0')} +0100] "GET / HTTP/1.1" 200 12`
    const lines = [...Array.from({ length: 30 }, (_, second) => at(second, '198.51.100.9')), at(5, '198.51.100.7'), 'a line of another shape']
    expect(simulate(readAccessLog(lines), perMinute(10))).toEqual({
      requests: 31,
      admitted: 10 + 4 + 1,
      refused: 16,
      keys: 2,
      keysRefused: 1,
      refusedKeys: [{ key: '198.51.100.9', admitted: 14, refused: 16, longestWaitMs: 6000 - 1000 }],
    })
    expect([...readAccessLog([at(1, 'a')])]).toEqual([{ atMs: Date.UTC(2026, 10, 23, 9, 0, 1), key: 'a' }])
  })
})
