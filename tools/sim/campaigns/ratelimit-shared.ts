import { swarm } from '../../../packages/chaos/src/index.ts'
import type { Env, World } from '../../../packages/chaos/src/index.ts'
import type * as RatelimitModule from '../../../packages/ratelimit/src/index.ts'
import type { Decision, Limit, Outage, SharedLimiter } from '../../../packages/ratelimit/src/index.ts'
import type * as StoreModule from '../../../packages/ratelimit/src/adapters/store.ts'
import type { Backend, Measure } from '../../../packages/ratelimit/src/adapters/store.ts'
import type * as TestingModule from '../../../packages/ratelimit/src/adapters/testing.ts'
import { must, simulated } from '../campaign.ts'
import type { Campaign, Load } from '../campaign.ts'
import { createAdmissions } from './ratelimit-windows.ts'
import type { Admissions } from './ratelimit-windows.ts'

const NODES = ['a', 'b', 'c']
const KEYS = ['hot', 'warm']
const TIMEOUT_MS = 50
/** A round: more than the limit, then three times a steady while and a crowd, then a long silence in which buckets fill. Three rounds. */
const ROUND_MS = 30_000
const HOT_MS = 700
const [WARM_MS, HUSH_MS] = [1100, 300]
const BUSY_MS = 3 * ROUND_MS
/** A window of the store's whole milliseconds, and clocks that run apart by 200 ppm while a lease is out. */
const SLACK_MS = 10

/** What a run is about: the same on every node, drawn anew for each seed. */
interface Plot {
  readonly limit: Limit
  readonly outage: Outage
  readonly lease: boolean
  readonly recallMs: number
  readonly backend: Backend
  /** The limit as the store is told it. */
  measures: readonly Measure[]
  /** No question or answer is lost any more. */
  fair: boolean
  /** Whose way to the store is cut, and how it shows: nothing comes back, or an error. */
  readonly cut: Map<string, 'hangs' | 'fails'>
  /** By key: what the store, or a lease of it, admitted on all nodes together. */
  readonly shared: Map<string, Admissions>
}

interface Member {
  readonly limiter: SharedLimiter
  lastByStore: boolean
  closed: boolean
}

/**
 * Invariants 5 and 6: several limiters over one remote store, which is slow, loses questions and answers, hangs and is cut off. What the
 * store and its leases admit keeps to the limit in every window, whoever asks; what a node admits on its own keeps to its share; the rule
 * of an outage is followed, nobody waits longer than promised, and the store decides again when it is back.
 */
export async function shared(load: Load): Promise<Campaign> {
  const { createLimiter } = await load<typeof RatelimitModule>('ratelimit/src/index.ts')
  const { defineStore } = await load<typeof StoreModule>('ratelimit/src/adapters/store.ts')
  const { memoryBackend } = await load<typeof TestingModule>('ratelimit/src/adapters/testing.ts')
  let plot: Plot

  /** The store as one life sees it. */
  function remote(env: Env): Backend {
    const never = new Promise<never>(() => {})
    return {
      run(key, measures, calls) {
        plot.measures = measures
        const mood = plot.cut.get(env.name)
        if (mood === 'hangs') return never
        if (mood === 'fails') return env.effect('store', () => Promise.reject(new Error('the store is away')), 2)
        const luck = plot.fair ? 0.5 : env.random()
        if (luck < 0.004) return never
        const ms = luck < 0.01 ? TIMEOUT_MS * 2 : env.random.pick([1, 1, 2, 5])
        return env.effect('store', () => plot.backend.run(key, measures, structuredClone(calls)), ms).then((reply) => {
          if (luck > 0.995) throw new Error("the store's answer was lost")
          return reply
        })
      },
    }
  }

  function build(env: Env): Member {
    const { limit, outage, lease, recallMs } = plot
    const { clock, random } = env
    const limiter = createLimiter(limit, { store: defineStore(remote(env)), outage, lease, recallMs, replicas: NODES.length, timeoutMs: TIMEOUT_MS, clock, random })
    const member: Member = { limiter, lastByStore: false, closed: false }
    const share = { ...limit, limit: Math.floor(limit.limit / NODES.length), burst: Math.floor((limit.burst ?? limit.limit) / NODES.length) }
    const alone = new Map(KEYS.map((key) => [key, createAdmissions(share, 1)]))
    limiter.onEvent(({ type }) => {
      if (type === 'store-down' || type === 'store-up') env.sometimes(type)
    })

    /** Holds a decision against the rule that made it. */
    const heard = (key: string, cost: number, fromMs: number, sinceMs: number, decision: Decision): void => {
      const { allowed, reason, limit: by, retryAfterMs } = decision
      const byStore = reason !== 'store' && by === limit.limit
      member.lastByStore = byStore
      must(reason !== 'store' || (outage !== 'local' && allowed === (outage === 'allow')), () => `the rule '${outage}' to be followed, got ${JSON.stringify(decision)}`)
      must(byStore || reason === 'store' || outage === 'local', () => `nothing to be decided by a share under '${outage}', got ${JSON.stringify(decision)}`)
      must(reason !== 'limit' || retryAfterMs <= 210_000, () => `a wait within the time a bucket takes to fill, got ${retryAfterMs} ms`)
      if (!byStore) env.sometimes(`decided by the rule ${outage}`)
      if (!allowed || reason === 'store') return
      if (byStore) plot.shared.get(key)?.add(fromMs, storeMs(), cost)
      else alone.get(key)?.add(sinceMs, clock.monotonic(), cost)
    }
    /** What is refused here, the store would refuse at this moment. */
    const confirm = (key: string, cost: number): void => {
      plot.backend.run(key, plot.measures, []).then(({ debts }) => {
        const { weight, capacity } = plot.measures[0] as Measure
        must((debts[0] as number) + cost * weight > capacity, () => `the store to refuse ${cost} as well, and it owes ${debts[0]} of ${capacity}`)
      }).catch((error: unknown) => env.fail(error))
    }
    const take = (key: string, cost: number): void => {
      const fromMs = storeMs()
      const sinceMs = clock.monotonic()
      limiter.take(key, cost).then((decision) => {
        const tookMs = clock.monotonic() - sinceMs
        must(tookMs <= 4 * TIMEOUT_MS + 1, () => `an answer within two questions of two time-outs each, got one after ${tookMs} ms`)
        heard(key, cost, fromMs, sinceMs, decision)
        if (!decision.allowed && tookMs === 0 && decision.reason === 'limit' && decision.limit === limit.limit) {
          env.sometimes('a refusal is repeated without asking')
          // Leases and waiters that give back are what a refusal may overlook, for recallMs.
          if (!lease && key === 'hot') confirm(key, cost)
        }
        if (decision.allowed && tookMs === 0 && decision.limit === limit.limit && decision.reason === 'ok') env.sometimes('a lease answers at once')
      }).catch((error: unknown) => env.fail(error))
    }
    const turn = (): void => {
      if (clock.monotonic() > BUSY_MS) return
      const ms = clock.monotonic() % ROUND_MS
      const wave = (ms - HOT_MS) % (WARM_MS + HUSH_MS)
      if (ms < HOT_MS) {
        // Hot, on all nodes: more than the limit.
        clock.after(env.random.pick([2, 3, 5, 20]), turn)
        for (let count = env.random.integer(1, 6); count > 0; count--) take(env.random.pick(KEYS), env.random.pick([1, 1, 1, 2]))
      } else if (ms < HOT_MS + 3 * (WARM_MS + HUSH_MS) && wave < WARM_MS) {
        // Warm: often enough for a lease, seldom enough for a full bucket.
        clock.after(env.random.integer(8, 14), turn)
        take('warm', 1)
      } else {
        const isLong = ms >= HOT_MS + 3 * (WARM_MS + HUSH_MS)
        clock.after(isLong ? ROUND_MS - ms : WARM_MS + HUSH_MS - wave, turn)
        if (isLong) return
        // Silence as long as a drawer is kept, then a crowd: a full bucket and full drawers together must not be more than the burst.
        clock.after(env.random.integer(0, 200), () => {
          for (let count = 150; count > 0; count--) take('warm', 1)
        })
      }
      if (env.random.chance(0.01)) wait(env.random.integer(1, 3))
      if (!env.random.chance(0.002)) return
      member.closed = true
      limiter.close().then(() => env.sometimes('a limiter is closed'), (error: unknown) => env.fail(error))
    }
    const wait = (cost: number): void => {
      const stop = new AbortController()
      clock.after(env.random.pick([20, 500]), () => stop.abort(new Error('enough')))
      limiter.wait('warm', { cost, signal: stop.signal, maxWaitMs: 1000 }).then(
        // When it was taken is known no closer than the store's longest round trip.
        (decision) => heard('warm', cost, storeMs() - TIMEOUT_MS, clock.monotonic(), decision),
        (reason: Error) => must(reason.message === 'enough', () => `a wait to end with its signal's reason, got ${String(reason)}`),
      ).catch((error: unknown) => env.fail(error))
    }
    clock.after(env.random.integer(0, 20), turn)
    return member
  }

  let storeMs: () => number
  return simulated<Member>('ratelimit/shared', {
    nodes: NODES,
    forMs: BUSY_MS,
    settleMs: 120_000,
    clock: (_name, random) => ({ ratePpm: random.integer(-200, 200), offsetMs: random.integer(-1e6, 1e6) }),
    build,
    workload(world: World<Member>) {
      const { random, env: { clock } } = world
      storeMs = () => clock.now()
      const limit = { limit: random.pick([30, 300, 300, 3000]), perMs: random.pick([1000, 1000, 10_000]), burst: random.pick([30, 150, 150, 600]) }
      plot = {
        limit,
        outage: random.pick(['local', 'local', 'allow', 'refuse']),
        lease: random.chance(0.7),
        recallMs: random.pick([0, 20, 1000]),
        backend: memoryBackend({ now: () => Math.floor(clock.now()) }),
        measures: [],
        fair: false,
        cut: new Map(),
        shared: new Map(KEYS.map((key) => [key, createAdmissions(limit, SLACK_MS)])),
      }
      // An outage of everybody, or a partition that leaves the store to some; all heal before the end.
      world.every(800, () => {
        plot.cut.clear()
        plot.fair = world.now > BUSY_MS - 1000
        if (plot.fair || random.chance(0.4)) return
        for (const name of NODES) if (random.chance(0.5)) plot.cut.set(name, random.pick(['hangs', 'fails']))
        if (plot.cut.size > 0 && plot.cut.size < NODES.length) world.sometimes('a partition')
        if (plot.cut.size === NODES.length) world.sometimes('an outage')
      })
      // Somebody asks now and then, so that a store that is back is noticed.
      world.every(150, () => {
        if (world.now <= BUSY_MS + 500) return
        for (const { up, value } of world.nodes) if (up && value !== undefined) value.limiter.peek('probe', 0).then(({ limit: by, reason }) => (value.lastByStore = by === plot.limit.limit && reason !== 'store'))
      })
    },
    progress: (world) => world.now > BUSY_MS + 1000 && world.nodes.every(({ up, value }) => {
      const { storeDown, stranded, asking, waiting } = value?.limiter.snapshot() ?? { storeDown: true, stranded: 1, asking: 1, waiting: 1 }
      return up && (value?.closed === true || (value?.lastByStore === true && !storeDown)) && stranded + asking + waiting === 0
    }),
    sometimes: [
      'store-down', 'store-up', 'a partition', 'an outage', 'decided by the rule local', 'decided by the rule allow', 'decided by the rule refuse',
      'a refusal is repeated without asking', 'a lease answers at once',
    ],
  }, { faults: swarm({ kinds: ['crash', 'step', 'freeze', 'coarse'] }), share: 0.4 })
}
