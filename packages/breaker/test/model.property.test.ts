import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { consecutive, createBreaker, failureCount, failureRate, isolate, reset } from '@distrokit/breaker'
import type { Permit, Rule } from '@distrokit/breaker'
import { manualClock } from '@distrokit/breaker/testing'
import { BreakerModel, opens } from './model/breaker-model.ts'
import type { ModelOptions } from './model/breaker-model.ts'

type Step =
  | { readonly do: 'enter' | 'reset' | 'isolate' | 'release' }
  | { readonly do: 'settle'; readonly which: number; readonly verdict: 'ok' | 'fail' | 'ignore' }
  | { readonly do: 'advance'; readonly ms: number }

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 12, arbitrary: fc.constant({ do: 'enter' as const }) },
  {
    weight: 12,
    arbitrary: fc.record({
      do: fc.constant('settle' as const),
      which: fc.nat(50),
      verdict: fc.oneof({ weight: 3, arbitrary: fc.constant('fail' as const) }, { weight: 2, arbitrary: fc.constant('ok' as const) }, fc.constant('ignore' as const)),
    }),
  },
  { weight: 5, arbitrary: fc.record({ do: fc.constant('advance' as const), ms: fc.oneof(fc.nat(30), fc.nat(500)) }) },
  { weight: 1, arbitrary: fc.constantFrom({ do: 'reset' as const }, { do: 'isolate' as const }, { do: 'release' as const }) },
)

const rule: fc.Arbitrary<{ readonly rule: Rule; readonly opens: ModelOptions['opens'] }> = fc.oneof(
  fc.integer({ min: 1, max: 4 }).map((limit) => ({ rule: consecutive(limit), opens: opens.consecutive(limit) })),
  fc.record({ size: fc.integer({ min: 1, max: 20 }), ratio: fc.double({ min: 0.1, max: 1, noNaN: true }), share: fc.double({ min: 0, max: 1, noNaN: true }) })
    .map(({ size, ratio, share }) => {
      const min = Math.max(1, Math.round(size * share))
      return { rule: failureCount({ size, ratio, min }), opens: opens.failureCount(size, ratio, min) }
    }),
  fc.record({ windowMs: fc.integer({ min: 10, max: 300 }), slices: fc.integer({ min: 1, max: 8 }), ratio: fc.double({ min: 0.1, max: 1, noNaN: true }), min: fc.integer({ min: 1, max: 5 }) })
    .map(({ windowMs, slices, ratio, min }) => (
      { rule: failureRate({ windowMs, slices, ratio, min }), opens: opens.failureRate(windowMs, slices, ratio, min) }
    )),
)

const setting = fc.record({
  rule,
  openMs: fc.integer({ min: 1, max: 200 }),
  probeMs: fc.integer({ min: 1, max: 200 }),
  probes: fc.integer({ min: 1, max: 4 }),
  tolerate: fc.double({ min: 0, max: 1, noNaN: true }),
})

describe('over random histories of permits', () => {
  it('the breaker is in the state that the slow model works out, refuses what it refuses, and tells each transition once and in order', async () => {
    const reached = { open: 0, 'half-open': 0, closed: 0, isolated: 0 }
    await fc.assert(
      fc.asyncProperty(setting, fc.array(step, { maxLength: 150, size: 'max' }), async ({ rule, openMs, probeMs, probes, tolerate }, steps) => {
        const clock = manualClock()
        const breaker = createBreaker({ trip: rule.rule, openMs, probeMs, probes, tolerate, jitter: 0, clock })
        const tolerated = Math.min(probes - 1, Math.floor(tolerate * probes))
        const model = new BreakerModel({ openMs, probeMs, probes, tolerated, opens: rule.opens })
        const told: string[] = []
        breaker.onEvent((event) => {
          if (event.type === 'transition' && event.from !== 'isolated' && event.to !== 'isolated') told.push(`${event.from} → ${event.to}`)
        })
        const passes: { real: Permit; model: Exclude<ReturnType<BreakerModel['enter']>, 'refused'> }[] = []
        const isolations: Disposable[] = []

        for (const step of steps) {
          const now = clock.monotonic()
          if (step.do === 'advance') await clock.advance(step.ms)
          if (step.do === 'enter') {
            const expected = model.enter(now)
            let real: Permit | undefined
            try {
              real = breaker.enter()
            } catch (error) {
              expect(error).toMatchObject({ code: 'open' })
            }
            expect(real === undefined).toBe(expected === 'refused')
            if (real !== undefined && expected !== 'refused') passes.push({ real, model: expected })
          }
          if (step.do === 'settle' && passes.length > 0) {
            const pass = passes[step.which % passes.length] as (typeof passes)[number]
            model.settle(pass.model, step.verdict, now)
            pass.real[step.verdict]()
          }
          if (step.do === 'reset') {
            model.reset()
            reset(breaker)
          }
          if (step.do === 'isolate' && isolations.length < 2) {
            model.isolations++
            isolations.push(isolate(breaker))
          }
          if (step.do === 'release') {
            const held = isolations.pop()
            held?.[Symbol.dispose]()
            held?.[Symbol.dispose]()
            if (held !== undefined) model.isolations--
          }
          reached[breaker.state]++
          expect(breaker.state).toBe(model.state)
          expect(breaker.retryAfterMs).toBeCloseTo(model.retryAfterMs(clock.monotonic()), 6)
        }
        expect(told).toEqual(model.history)
      }),
      { numRuns: 500 },
    )
    // Random histories prove nothing unless they get to where it is interesting.
    for (const times of Object.values(reached)) expect(times).toBeGreaterThan(100)
  })
})
