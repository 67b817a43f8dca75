import { everyOrder } from '../../../packages/chaos/src/adapters/testing.ts'
import { manualClock, swarm } from '../../../packages/chaos/src/index.ts'
import type { Env } from '../../../packages/chaos/src/index.ts'
import type * as RatelimitModule from '../../../packages/ratelimit/src/index.ts'
import type { Decision, Limit, Limiter } from '../../../packages/ratelimit/src/index.ts'
import { exhaustive, must, simulated } from '../campaign.ts'
import type { Campaign, Load } from '../campaign.ts'
import { createBuckets } from './ratelimit-reference.ts'
import type { Buckets } from './ratelimit-reference.ts'
import { shared } from './ratelimit-shared.ts'

type Ratelimit = typeof RatelimitModule

const told = ({ allowed, reason, remaining, retryAfterMs, resetAfterMs, policy }: Omit<Decision, 'limit'>): string =>
  `${allowed ? 'yes' : 'no'} ${reason} remaining ${remaining} retry ${retryAfterMs} reset ${resetAfterMs} by ${policy}`

/** Limits of many shapes: slow and fast, burst above and below the limit, one or three at once. */
function someLimits(env: Env): readonly Limit[] {
  const one = (name: string): Limit => ({ name, limit: env.random.integer(1, 20), perMs: env.random.pick([7, 100, 1000, 9999]), burst: env.random.integer(1, 30) })
  return ['first', 'second', 'third'].slice(0, env.random.pick([1, 1, 2, 3])).map(one)
}

interface Served {
  readonly settled: () => boolean
}

export async function ratelimit(load: Load): Promise<readonly Campaign[]> {
  const { createLimiter } = await load<Ratelimit>('ratelimit/src/index.ts')
  const instant = (env: Env): number => Math.floor(env.clock.monotonic())

  /** Invariants 3, 7 and 9: every decision of every verb is the reference's, whatever the wall clock does. */
  function differential(env: Env, limits: readonly Limit[]): void {
    const limiter = createLimiter(limits, { clock: env.clock, random: env.random })
    const reference = createBuckets(limits)
    const turn = (): void => {
      env.clock.after(env.random.pick([0, 1, 3, 20, 200, 3000]), turn)
      const key = env.random.pick(['anna', 'ben', 'cleo'])
      const cost = env.random.pick([0, 1, 1, 1, 2, 5, 31])
      act(env, limiter, reference, key, cost)
    }
    turn()
  }

  function act(env: Env, limiter: Limiter, reference: Buckets, key: string, cost: number): void {
    const now = instant(env)
    const verb = env.random.pick(['take', 'take', 'take', 'peek', 'give', 'charge', 'reset'])
    if (verb === 'give') {
      reference.give(key, cost, now)
      return limiter.give(key, cost)
    }
    if (verb === 'reset') {
      reference.reset(key)
      return limiter.reset(key)
    }
    if (verb === 'charge') {
      if (cost > 5) return
      reference.charge(key, cost, now)
      limiter.charge(key, cost)
      return env.sometimes('a charge goes into debt')
    }
    const expected = verb === 'take' ? reference.take(key, cost, now) : reference.peek(key, cost, now)
    const decision = limiter[verb as 'take' | 'peek'](key, cost)
    must(told(decision) === told(expected), () => `${verb} of ${cost} at ${now} to answer "${told(expected)}", got "${told(decision)}"`)
    must(decision.remaining >= 0, () => `tokens never below 0, got ${decision.remaining}`)
    env.sometimes(`${verb} ${decision.reason}`)
  }

  /** Invariant 4: with no rival, the same request succeeds when the refusal said so, and not a millisecond earlier. */
  function truthful(env: Env, limits: readonly Limit[]): void {
    const limiter = createLimiter(limits, { clock: env.clock, random: env.random })
    const most = Math.min(...limits.map((limit) => limit.burst ?? limit.limit))
    const turn = (): void => {
      const cost = env.random.integer(1, most)
      const decision = limiter.take('solo', cost)
      if (decision.allowed) return void env.clock.after(env.random.integer(0, 50), turn)
      const refusedAt = instant(env)
      const early = Math.max(0, decision.retryAfterMs - env.random.pick([1, 2, 20]))
      env.clock.after(early, () => {
        const waited = instant(env) - refusedAt
        const again = limiter.peek('solo', cost)
        must(again.allowed === waited >= decision.retryAfterMs, () => `a retry after ${waited} of ${decision.retryAfterMs} ms to be ${waited >= decision.retryAfterMs ? 'admitted' : 'refused'}`)
        if (!again.allowed) env.sometimes('a retry one step too early is refused')
      })
      env.clock.after(decision.retryAfterMs + 1, () => {
        must(limiter.take('solo', cost).allowed, () => `a retry after ${decision.retryAfterMs} ms to be admitted`)
        turn()
      })
    }
    turn()
  }

  /** Invariants 1, 2 and 8: waiters are served in order and within what was promised; in no window more is admitted than promised. */
  function waiting(env: Env, limits: readonly Limit[]): Served {
    const limiter = createLimiter(limits, { clock: env.clock, random: env.random, maxWaiting: 20 })
    const admitted: { readonly at: number; readonly cost: number }[] = []
    const line: { readonly id: number; left: boolean }[] = []
    let next = 0
    let open = 0
    const admit = (cost: number): void => {
      admitted.push({ at: instant(env), cost })
      windows(limits, admitted)
    }
    const turn = (): void => {
      if (next >= 150) return
      env.clock.after(env.random.pick([0, 1, 10, 100, 1000]), turn)
      const cost = env.random.integer(1, 3)
      if (env.random.chance(0.3)) {
        const decision = limiter.take('line', cost)
        if (!decision.allowed) return
        // Whoever was due has been served in passing; their promises are told after this.
        must(limiter.snapshot().waiting === 0, 'nobody to be served before those who wait')
        return admit(cost)
      }
      const me = { id: next++, left: false }
      const stop = new AbortController()
      open++
      line.push(me)
      limiter.wait('line', { cost, signal: stop.signal, ...(env.random.chance(0.2) ? { maxWaitMs: 500 } : {}) }).then((decision) => {
        open--
        const before = line.find((one) => !one.left)
        if (decision.allowed) {
          must(before === me, () => `waiter ${before?.id} to be served before ${me.id}`)
          admit(cost)
          if (line.some((one) => !one.left && one.id > me.id)) env.sometimes('a line of waiters moves up')
        } else env.sometimes(`a waiter is refused: ${decision.reason}`)
        me.left = true
      }, () => {
        open--
        me.left = true
        env.sometimes('a waiter gives up')
      }).catch((error: unknown) => env.fail(error))
      must(limiter.snapshot().waiting <= 20, () => `at most 20 waiters, got ${limiter.snapshot().waiting}`)
      // Refusals settle at once, and must not be taken for somebody in front.
      if (env.random.chance(0.15)) env.clock.after(env.random.integer(0, 300), () => {
        if (me.left) return
        const { waiting: before } = limiter.snapshot()
        stop.abort(new Error('enough'))
        must(limiter.snapshot().waiting < before, 'a waiter that gives up to leave the line')
      })
    }
    turn()
    return { settled: () => next >= 150 && open === 0 && limiter.snapshot().waiting === 0 && limiter.peek('line', 0).resetAfterMs === 0 }
  }

  /** A full table shares buckets: it may be stricter than one bucket per key, never more generous. A spent key stays spent. */
  function crowded(env: Env, limits: readonly Limit[]): void {
    const limiter = createLimiter(limits, { clock: env.clock, random: env.random, maxKeys: 4, sharedBuckets: 2 })
    const reference = createBuckets(limits)
    const turn = (): void => {
      env.clock.after(env.random.pick([0, 1, 10, 500]), turn)
      const key = `key ${env.random.integer(0, 30)}`
      const cost = env.random.integer(1, 2)
      const now = instant(env)
      const decision = limiter.take(key, cost)
      const expected = decision.allowed ? reference.take(key, cost, now) : reference.peek(key, cost, now)
      must(!decision.allowed || expected.allowed, () => `'${key}' to be refused as its own bucket is: ${told(expected)}`)
      must(limiter.size <= 4, () => `at most 4 keys, got ${limiter.size}`)
      if (!decision.allowed && expected.allowed) env.sometimes('a newcomer pays for its neighbours')
    }
    turn()
  }

  const campaign = simulated<Served>('ratelimit/memory', {
    nodes: 2,
    forMs: 30_000,
    settleMs: 1_500_000,
    clock: (_name, random) => ({ ratePpm: random.integer(-200, 200), offsetMs: random.integer(-1e6, 1e6) }),
    sometimes: [
      'take ok', 'take limit', 'take impossible', 'a charge goes into debt', 'a retry one step too early is refused', 'a line of waiters moves up',
      'a waiter gives up', 'a waiter is refused: queue', 'a newcomer pays for its neighbours',
    ],
    build(env) {
      const limits = someLimits(env)
      differential(env, limits)
      truthful(env, limits)
      crowded(env, limits)
      return waiting(env, limits.map((limit) => ({ ...limit, burst: Math.max(3, limit.burst ?? 3) })))
    },
    progress: (world) => world.nodes.every((node) => node.value?.settled() === true),
  }, { faults: swarm({ kinds: ['crash', 'pause', 'step', 'rate', 'freeze', 'coarse'], maxPpm: 5000 }) })

  return [campaign, await shared(load), small(createLimiter)]
}

/** Invariant 1, on every pair of admissions: what a window admitted fits the burst and what flowed back. Only the windows that end now are new. */
function windows(limits: readonly Limit[], admitted: readonly { readonly at: number; readonly cost: number }[]): void {
  const end = admitted.at(-1)?.at ?? 0
  let sum = 0
  for (let from = admitted.length - 1; from >= 0; from--) {
    const { at, cost } = admitted[from] as { at: number; cost: number }
    sum += cost
    for (const { limit, perMs, burst = limit } of limits) {
      must(sum * perMs <= burst * perMs + (end - at) * limit, () => `at most ${burst} + ${limit} per ${perMs} ms in every window, got ${sum} in ${end - at} ms`)
    }
  }
}

/** Every order of takes, a give, a charge and the passing of time. */
function small(createLimiter: Ratelimit['createLimiter']): Campaign {
  const limits = [{ limit: 2, perMs: 10, burst: 3, name: 'fast' }, { limit: 3, perMs: 100, burst: 5, name: 'slow' }]
  const events = ['take 1', 'take 2', 'take 3', 'give 2', 'charge 4', 'pass 4', 'pass 7', 'pass 31'] as const
  return exhaustive('ratelimit/every-order', () =>
    everyOrder<readonly string[], (typeof events)[number]>({
      start: [],
      events,
      apply: (state, event) => [...state, event],
      key: (state) => state.join(),
      checkEnd(state) {
        const clock = manualClock()
        const limiter = createLimiter(limits, { clock, random: () => 0.5 })
        const reference = createBuckets(limits)
        for (const event of state) {
          const [verb = '', amount = ''] = event.split(' ')
          const cost = Number(amount)
          const now = clock.monotonic()
          if (verb === 'pass') clock.advance(cost)
          else if (verb === 'take') must(told(limiter.take('key', cost)) === told(reference.take('key', cost, now)), 'take to agree with the reference')
          else if (verb === 'give') {
            limiter.give('key', cost)
            reference.give('key', cost, now)
          } else {
            limiter.charge('key', cost)
            reference.charge('key', cost, now)
          }
        }
        const [got, wanted] = [limiter.peek('key'), reference.peek('key', 1, clock.monotonic())]
        must(told(got) === told(wanted), () => `"${told(wanted)}", got "${told(got)}"`)
      },
    }))
}
