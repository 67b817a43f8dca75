// Promise: a question that any peer may answer goes to the one that seems quickest, and nobody has it only when every one has said so.

import { hedge, type Judge } from '@distrokit/breaker'
import { createBalancer, type Balancer } from '@distrokit/breaker/balance'
import type { RegionName } from '../ground/regions.ts'
import type { Telemetry } from '../telemetry/telemetry.ts'
import { RemoteError, Unavailable } from './errors.ts'
import { regionsServing, type Registry, type ServiceName } from './registry.ts'

export interface Finding extends Disposable {
  /** Asks the peers that serve it until one has it, each of them once; asks a second one early when the first is slow. Null: nobody has it. */
  find<T>(service: ServiceName, method: string, payload: unknown): Promise<T | null>
}

export interface FindingOptions {
  readonly region: RegionName
  readonly registry: Registry
  readonly ask: <T>(peer: RegionName, service: ServiceName, method: string, payload: unknown) => Promise<T>
  readonly clock: { now(): number; monotonic(): number; after(ms: number, run: () => void): { cancel(): void } }
  readonly random: () => number
  readonly watchedBalancer: Telemetry['watchedBalancer']
}

const hedgeAfterMs = 200
/** So many questions in a row that failed eject a peer: it is no longer asked first … */
const ejectAfter = 3
/** … for so long, and longer each time that its probe fails. Its breaker is open for less, or the probe would be spent on a refusal. */
const ejectMs = 1_500
const maxEjectMs = 5_000
/** A peer that is back takes its full part after this time. */
const slowStartMs = 1_000
/** How long a slow answer is held against a peer. */
const latencyMemoryMs = 2_000

/**
 * Whether a peer is worth asking first, not whose fault it is. One that says no, or that it has nothing, gives answers. One that our own
 * breaker keeps us from, or whose clock we refuse to hear, gives none; the breaker may not count that against it, but here others are at hand.
 */
const gaveAnAnswer: Judge = (outcome) => (outcome.ok ? (outcome.value === undefined ? 'ignore' : 'ok') : outcome.error instanceof RemoteError ? 'ok' : 'fail')

export function createFinding({ region, registry, ask, clock, random, watchedBalancer }: FindingOptions): Finding {
  const balancers = new Map<ServiceName, Balancer<RegionName>>()
  const balancerOf = (service: ServiceName): Balancer<RegionName> => {
    const known = balancers.get(service)
    if (known !== undefined) return known
    const hosts = registry.serving(service, region)
    const balancer = watchedBalancer(
      service,
      createBalancer({ hosts, failures: ejectAfter, ejectMs, maxEjectMs, slowStartMs, tauMs: latencyMemoryMs, judge: gaveAnAnswer, clock, random }),
    )
    balancers.set(service, balancer)
    return balancer
  }

  /** A second question goes out when the first takes longer than most, paid from a budget of its own. */
  const early = hedge({ afterMs: hedgeAfterMs, clock })

  return {
    async find<T>(service: ServiceName, method: string, payload: unknown) {
      const balancer = balancerOf(service)
      if (balancer.hosts.length === 0) throw new Unavailable(`${region} knows no other region yet that serves ${service}`, 200)
      const answers = new Map<RegionName, Promise<T | null>>()
      const question = (peer: RegionName): Promise<T | null> => {
        const answer = ask<T | null>(peer, service, method, payload)
        answers.set(peer, answer)
        return answer
      }
      /** Each answer is begun when those before it brought nothing. A second attempt comes to what the first one waits for last. */
      const inTurn = function* (): Generator<Promise<T | null | undefined>> {
        // Undefined: it was picked again, though busy.
        yield balancer.run((peer) => (answers.has(peer) ? undefined : question(peer)))
        // All of them, also the ejected and those without an address: who was not heard may be the one that has it.
        for (const peer of regionsServing(service)) if (peer !== region && !answers.has(peer)) yield question(peer)
        yield* answers.values()
      }
      return early.run(async () => {
        let failure: unknown
        for (const answer of inTurn()) {
          try {
            const found = await answer
            if (found !== null && found !== undefined) return found
          } catch (error) {
            failure = error
          }
        }
        if (failure !== undefined) throw failure
        return null
      })
    },
    [Symbol.dispose]() {
      for (const balancer of balancers.values()) balancer[Symbol.dispose]()
    },
  }
}
