import { ConsecutiveBreaker, CountBreaker, circuitBreaker, handleAll } from 'cockatiel'
import CircuitBreaker from 'opossum'
import { consecutive, createBreaker, failureCount } from '@distrokit/breaker'
import { keep } from '../contestant.ts'
import type { Contestant, Runner, Suite } from '../contestant.ts'
import { peer } from '../machine.ts'

const forever = 2 ** 31 - 1
const cockatiel = peer('cockatiel')
const opossum = peer('opossum')

const fine = (): Promise<number> => Promise.resolve(1)
const boom = new Error('boom')
const broken = (): Promise<number> => Promise.reject(boom)

const bare: Contestant = { name: 'bare call', make: () => ({ async run(count) { for (let i = 0; i < count; i++) keep(await fine()) } }) }
const oursConsecutive: Contestant = {
  name: '@distrokit/breaker consecutive', make() {
    const breaker = createBreaker({ trip: consecutive(5) })
    return { async run(count) { for (let i = 0; i < count; i++) keep(await breaker.run(fine)) }, close: () => breaker[Symbol.dispose]() }
  },
}
const oursCount: Contestant = {
  name: '@distrokit/breaker count of 100', make() {
    const breaker = createBreaker({ trip: failureCount({ size: 100, ratio: 0.95 }) })
    return { async run(count) { for (let i = 0; i < count; i++) keep(await breaker.run(fine)) }, close: () => breaker[Symbol.dispose]() }
  },
}
const cockatielConsecutive: Contestant = {
  name: `${cockatiel} consecutive`, make() {
    const policy = circuitBreaker(handleAll, { halfOpenAfter: forever, breaker: new ConsecutiveBreaker(5) })
    return { async run(count) { for (let i = 0; i < count; i++) keep(await policy.execute(fine)) } }
  },
}
const cockatielCount: Contestant = {
  name: `${cockatiel} count of 100`, make() {
    const policy = circuitBreaker(handleAll, { halfOpenAfter: forever, breaker: new CountBreaker({ threshold: 0.95, size: 100 }) })
    return { async run(count) { for (let i = 0; i < count; i++) keep(await policy.execute(fine)) } }
  },
}

/** opossum with what costs the most turned off; its default options are slower. */
function leanOpossum(work: () => Promise<number>): CircuitBreaker<[], number> {
  const lean = { timeout: false, rollingPercentilesEnabled: false, enableSnapshots: false } as const
  return new CircuitBreaker(work, { ...lean, errorThresholdPercentage: 95, volumeThreshold: 200, resetTimeout: forever })
}
const opossumLean: Contestant = {
  name: `${opossum} lean`, make() {
    const breaker = leanOpossum(fine)
    return { async run(count) { for (let i = 0; i < count; i++) keep(await breaker.fire()) }, close: () => breaker.shutdown() }
  },
}

const refused: readonly Contestant[] = [
  {
    name: 'bare rejection', make: () => ({
      async run(count) { for (let i = 0; i < count; i++) await Promise.reject(new Error('open')).catch(keep) },
    }),
  },
  {
    name: '@distrokit/breaker', async make(): Promise<Runner> {
      const breaker = createBreaker({ trip: consecutive(1), openMs: forever })
      await breaker.run(broken).catch(keep)
      return { async run(count) { for (let i = 0; i < count; i++) await breaker.run(fine).catch(keep) }, close: () => breaker[Symbol.dispose]() }
    },
  },
  {
    name: cockatiel, async make(): Promise<Runner> {
      const policy = circuitBreaker(handleAll, { halfOpenAfter: forever, breaker: new ConsecutiveBreaker(1) })
      await policy.execute(broken).catch(keep)
      return { async run(count) { for (let i = 0; i < count; i++) await policy.execute(fine).catch(keep) } }
    },
  },
  {
    name: `${opossum} lean`, make() {
      const breaker = leanOpossum(fine)
      breaker.open()
      return { async run(count) { for (let i = 0; i < count; i++) await breaker.fire().catch(keep) }, close: () => breaker.shutdown() }
    },
  },
]

export const suite: Suite = {
  package: 'breaker',
  note: 'what a breaker adds to a call that takes no time at all, one call after the other',
  cases: [
    { name: 'closed, success', unit: 'call', baseline: 'bare call', contestants: [bare, oursConsecutive, oursCount, cockatielConsecutive, cockatielCount, opossumLean] },
    { name: 'open, refused', unit: 'call', baseline: 'bare rejection', contestants: refused },
  ],
}
