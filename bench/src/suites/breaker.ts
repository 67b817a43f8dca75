import { ConsecutiveBreaker, CountBreaker, SamplingBreaker, circuitBreaker, handleAll } from 'cockatiel'
import type { IBreaker } from 'cockatiel'
import CircuitBreaker from 'opossum'
import { consecutive, createBreaker, failureCount, failureRate } from '@distrokit/breaker'
import type { Rule } from '@distrokit/breaker'
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

/** As many as a gateway has upstreams: what is measured is how much memory a call has to touch. */
const MANY = 10_000
const each = <T>(make: () => T): readonly T[] => Array.from({ length: MANY }, make)

/** One of as many ways to the same call: finding it is not what a breaker adds. */
const manyBare: Contestant = {
  name: 'bare call', make() {
    const ways = each(() => (call: typeof fine) => call())
    return { async run(count) { for (let i = 0; i < count; i++) keep(await ways[i % MANY]?.(fine)) } }
  },
}

// All of ours share one loop, and all of cockatiel's another: within each the types are the same.
function manyOurs(name: string, trip: () => Rule): Contestant {
  return {
    name: `@distrokit/breaker ${name}`, make() {
      const breakers = each(() => createBreaker({ trip: trip() }))
      return { async run(count) { for (let i = 0; i < count; i++) keep(await breakers[i % MANY]?.run(fine)) } }
    },
  }
}
function manyCockatiels(name: string, breaker: () => IBreaker): Contestant {
  return {
    name: `${cockatiel} ${name}`, make() {
      const policies = each(() => circuitBreaker(handleAll, { halfOpenAfter: forever, breaker: breaker() }))
      return { async run(count) { for (let i = 0; i < count; i++) keep(await policies[i % MANY]?.execute(fine)) } }
    },
  }
}

/** Nine calls of ten fail, just too few to open. */
const mostly = (i: number): (() => Promise<number>) => (i % 10 === 0 ? fine : broken)
const failing: readonly Contestant[] = [
  { name: 'bare call', make: () => ({ async run(count) { for (let i = 0; i < count; i++) await mostly(i)().catch(keep) } }) },
  {
    name: '@distrokit/breaker count of 100', make() {
      const breaker = createBreaker({ trip: failureCount({ size: 100, ratio: 0.95 }) })
      return { async run(count) { for (let i = 0; i < count; i++) await breaker.run(mostly(i)).catch(keep) } }
    },
  },
  {
    name: `${cockatiel} count of 100`, make() {
      const policy = circuitBreaker(handleAll, { halfOpenAfter: forever, breaker: new CountBreaker({ threshold: 0.95, size: 100 }) })
      return { async run(count) { for (let i = 0; i < count; i++) await policy.execute(mostly(i)).catch(keep) } }
    },
  },
]

export const suite: Suite = {
  package: 'breaker',
  note: 'what a breaker adds to a call that takes no time at all, one call after the other',
  cases: [
    { name: 'closed, success', unit: 'call', baseline: 'bare call', contestants: [bare, oursConsecutive, oursCount, cockatielConsecutive, cockatielCount, opossumLean] },
    {
      name: 'closed, success, 10 000 breakers in turn', unit: 'call', baseline: 'bare call', contestants: [
        manyBare, manyOurs('consecutive', () => consecutive(5)), manyOurs('count of 100', () => failureCount({ size: 100, ratio: 0.95 })), manyOurs('rate in 10 s', () => failureRate({ ratio: 0.95 })),
        manyCockatiels('consecutive', () => new ConsecutiveBreaker(5)), manyCockatiels('count of 100', () => new CountBreaker({ threshold: 0.95, size: 100 })),
        manyCockatiels('sampling 10 s', () => new SamplingBreaker({ threshold: 0.95, duration: 10_000 })),
      ],
    },
    { name: 'closed, 9 of 10 fail', unit: 'call', baseline: 'bare call', contestants: failing },
    { name: 'open, refused', unit: 'call', baseline: 'bare rejection', contestants: refused },
  ],
}
