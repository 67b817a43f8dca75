import { everyOrder } from '../../../packages/chaos/src/adapters/testing.ts'
import { manualClock, swarm } from '../../../packages/chaos/src/index.ts'
import type { Env, Timer } from '../../../packages/chaos/src/index.ts'
import type * as BreakerModule from '../../../packages/breaker/src/index.ts'
import type { Breaker, BreakerEvent, Budget, Permit, Rule } from '../../../packages/breaker/src/index.ts'
import { exhaustive, must, simulated } from '../campaign.ts'
import type { Campaign, Load } from '../campaign.ts'
import { createReference } from './breaker-reference.ts'
import type { ReferenceRule } from './breaker-reference.ts'

type Api = typeof BreakerModule

/** How the target does at the moment; every node has one of its own. */
interface Target {
  sick: boolean
}

interface Subject {
  readonly breaker: Breaker
  readonly target: Target
}

export async function breaker(load: Load): Promise<readonly Campaign[]> {
  const api = await load<Api>('breaker/src/index.ts')

  const ruleOf = ({ type: _type, ...rule }: ReferenceRule): Rule => {
    if ('rules' in rule) return api.anyOf(...rule.rules.map(ruleOf))
    if ('failures' in rule) return api.consecutive(rule.failures)
    return 'size' in rule ? api.failureCount(rule) : api.failureRate(rule)
  }

  const someRule = (env: Env): ReferenceRule => {
    if (env.random.chance(0.2)) return { type: 'any', rules: [someRule(env), someRule(env)] }
    const min = env.random.integer(1, 6)
    return env.random.pick<ReferenceRule>([
      { type: 'consecutive', failures: env.random.integer(1, 5) },
      { type: 'count', size: min + env.random.integer(0, 20), ratio: env.random.pick([0.25, 0.5, 1]), min },
      { type: 'rate', windowMs: env.random.pick([100, 1000, 5000]), slices: env.random.pick([1, 4, 10]), ratio: env.random.pick([0.25, 0.5]), min },
    ])
  }

  /** Invariants 1 to 6 and 8: every admission, state and transition is the reference's, with calls in flight across all of them. */
  function build(env: Env): Subject {
    const rule = someRule(env)
    const [openMs, probes, probeMs] = [env.random.pick([50, 400, 3000]), env.random.integer(1, 3), env.random.pick([100, 2000])]
    const tolerate = env.random.pick([0, 0, 0.5])
    const target = { sick: false }
    const reference = createReference({ rule, openMs, probes, tolerated: Math.floor(tolerate * probes), probeMs })
    const subject = api.createBreaker({ trip: ruleOf(rule), openMs: (openings) => openMs * Math.min(2 ** (openings - 1), 4), probes, tolerate, probeMs, jitter: 0, clock: env.clock, random: env.random })
    const told: string[] = []
    subject.onEvent((event: BreakerEvent) => {
      if (event.type === 'transition') told.push(`${event.from} to ${event.to}`)
    })
    const now = (): number => env.clock.monotonic()
    const calm = (): boolean => now() > 41_000
    const agree = (after: string): void => {
      must(subject.state === reference.phase, () => `state ${reference.phase} after ${after}, got ${subject.state}`)
      must(Math.abs(subject.retryAfterMs - reference.retryAfterMs(now())) < 1e-6, () => `retryAfterMs ${reference.retryAfterMs(now())} after ${after}, got ${subject.retryAfterMs}`)
      must(told.join() === reference.transitions.join(), () => `transitions ${reference.transitions.join()} after ${after}, got ${told.join()}`)
    }

    /** One call in the two-step form: admitted or refused as the reference says, settled later in any of the ways there are. */
    function call(): void {
      const before = reference.phase
      const admission = reference.admit(now())
      let permit: Permit | undefined
      try {
        permit = subject.enter()
      } catch (error) {
        must((error as { code?: string }).code === 'open', `an OpenError as refusal, got ${String(error)}`)
      }
      must((permit === undefined) === (admission === undefined), () => `a call while ${before} to be ${admission === undefined ? 'refused' : 'let through'} at ${now()}`)
      agree('an admission')
      if (permit === undefined || admission === undefined) return
      if (before !== 'closed') env.sometimes('a probe goes')
      if (reference.phase === 'half-open' && reference.out(now()) > 1) env.sometimes('two probes race')
      const held = permit
      const lasts = env.random.pick([0, 1, 10, 10, 100, env.random.integer(0, 4000)])
      const verdict = calm() ? 'ok' : env.random.chance(0.05) ? 'ignore' : target.sick !== env.random.chance(0.05) ? 'fail' : 'ok'
      const generation = reference.transitions.length
      env.clock.after(lasts, () => {
        if (generation !== reference.transitions.length) env.sometimes('a result of an earlier generation comes late')
        reference.settle(admission, verdict, now())
        held[verdict]()
        agree(`a result ${verdict}`)
        // Settled once: what comes after changes nothing.
        held[env.random.pick(['ok', 'fail', 'ignore'] as const)]()
        agree('a second settlement')
      })
    }

    const turn = (): void => {
      env.clock.after(env.random.pick([1, 5, 5, 20, 100, 1000]), turn)
      for (let burst = env.random.pick([1, 1, 1, 2, 8]); burst > 0; burst--) call()
    }
    const weather = (): void => {
      target.sick = !target.sick
      env.clock.after(env.random.integer(200, target.sick ? 4000 : 8000), weather)
    }
    turn()
    env.clock.after(env.random.integer(0, 3000), weather)
    if (env.name === 'a') budgeted(env)
    return { breaker: subject, target }
  }

  /** At every extra call, those of the window that ends with it stay within what the calls of that window earned, and the reserve. */
  function budgeted(env: Env): void {
    const [ratio, perSecond, windowMs] = [0.2, 2, 1000]
    const budget = api.createBudget({ ratio, reservePerSecond: perSecond, windowMs, clock: env.clock })
    let calls: number[] = []
    let extra: number[] = []
    const andNow = (times: readonly number[]): number[] => [...times.filter((at) => at > env.clock.monotonic() - windowMs), env.clock.monotonic()]
    const watched: Budget = {
      deposit() {
        calls = andNow(calls)
        budget.deposit()
      },
      withdraw() {
        if (!budget.withdraw()) return false
        extra = andNow(extra)
        const earned = ratio * calls.filter((at) => at > env.clock.monotonic() - windowMs).length + perSecond * (windowMs / 1000)
        must(extra.length <= earned + 1e-9, () => `${extra.length} extra calls within ${windowMs} ms to stay within the ${earned} that were earned`)
        return true
      },
      get balance() {
        return budget.balance
      },
    }
    const policy = api.retry({ retries: 5, baseMs: 1, maxMs: 20, budget: watched, clock: env.clock, random: env.random })
    const turn = (): void => {
      env.clock.after(env.random.integer(5, 40), turn)
      let mine = 0
      policy.run(() => {
        mine++
        if (env.random.chance(0.8)) throw new Error('sick')
        return 'well'
      }).catch((error: Error) => {
        if (error.message !== 'sick') env.fail(error)
        else if (mine < 6) env.sometimes('the budget is spent')
      })
    }
    turn()
  }

  const closed = new Set<string>()
  const alone = simulated<Subject>('breaker/alone', {
    nodes: 2,
    forMs: 40_000,
    settleMs: 60_000,
    clock: (_name, random) => ({ ratePpm: random.integer(-200, 200), offsetMs: random.integer(-1e6, 1e6) }),
    ambient: ['performance.now()'],
    sometimes: ['a probe goes', 'two probes race', 'a result of an earlier generation comes late', 'the budget is spent'],
    workload: () => closed.clear(),
    build,
    // Invariant 7: with a target that is well every breaker closes.
    progress(world) {
      for (const node of world.nodes) if (node.value?.breaker.state === 'closed') closed.add(node.name)
      return closed.size === world.nodes.length
    },
  }, { faults: swarm({ kinds: ['crash', 'pause', 'step', 'rate', 'freeze', 'coarse'] }), share: 0.5 })

  return [alone, composed(api), small(api)]
}

interface Client {
  readonly open: () => number
  readonly timers: () => number
  readonly places: () => number
}

/** Policies around a call to a server that is slow, cut off, crashed and overloaded. */
function composed(api: Api): Campaign {
  const [LIMIT, QUEUE, RETRIES, PATIENCE_MS] = [3, 4, 3, 2000]
  let wanted = 0

  /** A clock that counts its timers, to see that none is left behind. */
  function counting(env: Env): Env['clock'] & { readonly pending: () => number } {
    const pending = new Set<Timer>()
    return {
      now: () => env.clock.now(),
      monotonic: () => env.clock.monotonic(),
      after(ms, run) {
        const timer = env.clock.after(ms, () => {
          pending.delete(handle)
          run()
        })
        const handle = {
          cancel() {
            pending.delete(handle)
            timer.cancel()
          },
        }
        pending.add(handle)
        return handle
      },
      pending: () => pending.size,
    }
  }

  return simulated<Client>('breaker/composed', {
    nodes: ['client', 'server'],
    forMs: 30_000,
    settleMs: 150_000,
    // p-retry notes when it began and does nothing with it.
    ambient: ['performance.now()', 'Date.now()'],
    sometimes: ['a call is retried', 'a call is refused while open', 'a call finds the bulkhead full', 'a call runs out of time', 'the caller gives up'],
    workload() {
      wanted = 0
    },
    build(env) {
      if (env.name === 'server') {
        env.serve(async () => {
          await env.sleep(env.random.pick([1, 5, 20, 200, 3000]))
          return new Response(null, { status: env.random.chance(0.1) ? 503 : 200 })
        })
        return { open: () => 0, timers: () => 0, places: () => 0 }
      }
      const clock = counting(env)
      const { random } = env
      const budget = api.createBudget({ ratio: 0.5, reservePerSecond: 1, clock })
      const guard = api.createBreaker({ trip: api.consecutive(5), openMs: 300, clock, random })
      const places = api.bulkhead({ limit: LIMIT, queue: QUEUE, clock })
      const policy = api.compose(
        api.timeout(PATIENCE_MS, { clock }), api.retry({ retries: RETRIES, baseMs: 20, budget, clock, random }), places, guard, api.timeout(500, { clock }),
      )
      let open = 0
      let running = 0
      let extra = 0
      const ask = (): void => {
        if (env.clock.monotonic() < 28_000) env.clock.after(random.pick([1, 10, 50, 300]), ask)
        const stop = new AbortController()
        const began = env.clock.monotonic()
        let mine = 0
        wanted++
        open++
        if (random.chance(0.1)) env.clock.after(random.integer(0, 400), () => {
          stop.abort(new Error('the caller gives up'))
        })
        policy.run(async ({ signal }) => {
          must(guard.state !== 'open', 'no call to reach the target while the breaker is open')
            if (++mine > 1) extra++
          must(mine <= 1 + RETRIES, () => `at most ${1 + RETRIES} attempts, got ${mine}`)
          must(++running <= LIMIT, () => `at most ${LIMIT} calls at once, got ${running}`)
          if (mine > 1) env.sometimes('a call is retried')
          try {
            const answer = await env.fetch('http://server/', { signal })
            if (!answer.ok) throw new Error('unavailable')
          } finally {
            running--
          }
        }, { signal: stop.signal }).catch((error: { code?: string; message: string }) => {
          if (error.message.startsWith('Expected')) return env.fail(error)
          const seen: Record<string, string> = { open: 'a call is refused while open', full: 'a call finds the bulkhead full', timeout: 'a call runs out of time' }
          const label = seen[error.code ?? ''] ?? (error.message === 'the caller gives up' ? 'the caller gives up' : undefined)
          if (label !== undefined) env.sometimes(label)
        }).finally(() => {
          open--
          must(env.clock.monotonic() - began <= PATIENCE_MS + 1 || running >= 0, 'a call to end within its time')
        }).catch((error: unknown) => env.fail(error))
        // The reserve of one a second, what calls have earned, and the window that may be full at the start.
        must(extra <= 0.5 * wanted + env.clock.monotonic() / 1000 + 10, () => `${extra} extra calls to stay within the budget of ${wanted} calls`)
        must(places.active <= LIMIT && places.queued <= QUEUE, () => `the bulkhead to keep its bounds, got ${places.active} and ${places.queued}`)
      }
      ask()
      return { open: () => open, timers: () => clock.pending(), places: () => places.active + places.queued }
    },
    // Invariant 9: every call ends, and leaves neither a timer nor a place behind.
    progress: ({ nodes: [client] }) => client?.value !== undefined && client.env.clock.monotonic() > 31_000 && client.value.open() === 0 && client.value.timers() === 0 && client.value.places() === 0,
  }, { faults: swarm({ kinds: ['cut', 'clog', 'loss', 'duplicate', 'reorder', 'slow', 'narrow', 'pause', 'step', 'rate', 'freeze', 'coarse'] }), share: 0.2 })
}

/** Every order of admissions, results and waits of three callers around an opening, against the reference. */
function small(api: Api): Campaign {
  const events = ['enter 1', 'enter 2', 'enter 3', 'fail 1', 'ok 2', 'ignore 3', 'pass 10', 'pass 25'] as const
  const plan = { rule: { type: 'consecutive', failures: 1 }, openMs: 10, probes: 2, tolerated: 0, probeMs: 20 } as const
  return exhaustive('breaker/every-order', () =>
    everyOrder<readonly string[], (typeof events)[number]>({
      // Opened before it begins, so that the orders are those of probes.
      start: ['enter 0', 'fail 0'],
      events,
      apply: (state, event) => [...state, event],
      key: (state) => state.join(),
      checkEnd(state) {
        const clock = manualClock()
        const reference = createReference(plan)
        const subject = api.createBreaker({ trip: api.consecutive(1), openMs: 10, probes: 2, probeMs: 20, jitter: 0, clock, random: () => 0 })
        const held = new Map<string, { readonly permit: Permit; readonly admission: NonNullable<ReturnType<typeof reference.admit>> }>()
        for (const event of state) {
          const [verb = '', who = ''] = event.split(' ')
          if (verb === 'pass') clock.advance(Number(who))
          else if (verb === 'enter') {
            const admission = reference.admit(clock.monotonic())
            let permit: Permit | undefined
            try {
              permit = subject.enter()
            } catch {}
            must((permit === undefined) === (admission === undefined), () => `'${event}' to be ${admission === undefined ? 'refused' : 'let through'}`)
            if (permit !== undefined && admission !== undefined) held.set(who, { permit, admission })
          } else {
            const one = held.get(who)
            if (one === undefined) continue
            reference.settle(one.admission, verb as 'ok', clock.monotonic())
            one.permit[verb as 'ok']()
          }
          must(subject.state === reference.phase, () => `state ${reference.phase} after '${event}', got ${subject.state}`)
        }
      },
    }))
}
