import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { consecutive, createBreaker, OpenError } from '@distrokit/breaker'

const legal = new Set(['closed → open', 'open → half-open', 'half-open → open', 'half-open → closed'])

class Down extends Error {
  readonly index: number
  constructor(index: number) {
    super('down')
    this.index = index
  }
}

describe('however concurrent calls interleave', () => {
  it('nothing reaches an open target, probes stay bounded, transitions are legal, and only results of the present generation count', async () => {
    const reached = { open: 0, halfOpen: 0, stale: 0, refused: 0 }
    await fc.assert(
      fc.asyncProperty(
        fc.scheduler(),
        fc.array(fc.record({ fails: fc.boolean(), waitMs: fc.integer({ min: 0, max: 60 }) }), { minLength: 3, maxLength: 14, size: 'max' }),
        fc.integer({ min: 1, max: 3 }),
        async (scheduler, calls, probes) => {
          let now = 0
          const breaker = createBreaker({ trip: consecutive(2), openMs: 50, probeMs: 1_000_000, jitter: 0, probes, clock: { now: () => 0, monotonic: () => now } })
          const transitions: string[] = []
          const startedIn: number[] = []
          let probesOut = 0
          // A change is told just before the outcome that made it, which belongs to the generation before.
          let made = 0
          let openUntil = -1
          breaker.onEvent((event) => {
            if (event.type === 'refused') reached.refused++
            if (event.type === 'outcome' && event.error instanceof Down) {
              expect(event.stale).toBe(startedIn[event.error.index] !== transitions.length - made)
              if (event.stale) reached.stale++
            }
            if (event.type === 'outcome') made = 0
            if (event.type !== 'transition') return
            if (event.from !== 'open') made = 1
            if (event.to === 'open') reached.open++
            if (event.to === 'half-open') reached.halfOpen++
            transitions.push(`${event.from} → ${event.to}`)
            openUntil = event.to === 'open' ? now + event.retryAfterMs : -1
            probesOut = 0
          })
          const one = async ({ fails, waitMs }: (typeof calls)[number], index: number): Promise<number> => {
            await scheduler.schedule(Promise.resolve(), `call ${index}`)
            now += waitMs
            return breaker.run(async () => {
              startedIn[index] = transitions.length
              expect(now).toBeGreaterThanOrEqual(openUntil)
              if (breaker.state === 'half-open') expect(++probesOut).toBeLessThanOrEqual(probes)
              await scheduler.schedule(Promise.resolve(), `answer ${index}`)
              if (fails) throw new Down(index)
              return index
            })
          }
          const settled = await scheduler.waitFor(Promise.allSettled(calls.map(one)))
          for (const [index, result] of settled.entries()) {
            if (result.status === 'fulfilled') expect(result.value).toBe(index)
            else if (!(result.reason instanceof OpenError)) expect(result.reason).toEqual(new Down(index))
          }
          for (const transition of transitions) expect(legal).toContain(transition)
          for (let i = 1; i < transitions.length; i++) expect(transitions[i]?.split(' → ')[0]).toBe(transitions[i - 1]?.split(' → ')[1])
        },
      ),
      { numRuns: 400 },
    )
    // The campaign proves nothing unless it got to where it is interesting.
    for (const times of Object.values(reached)) expect(times).toBeGreaterThan(0)
  })
})
