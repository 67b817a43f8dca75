import { LRUCache } from 'lru-cache'
import { compileLimits, toPolicy } from '../core/bandwidth.ts'
import { keyText } from '../core/key.ts'
import { wrongType } from '../ground/errors.ts'
import { readClock, readNumbers } from '../ground/options.ts'
import type { SharedLimiter } from '../ground/store.ts'
import type { ChargeOptions, Clock, Decision, Key, Limit, Limiter, WaitOptions } from '../ground/types.ts'
import { createLimiter } from '../limiter.ts'

type Limits = Limit | readonly Limit[]

export interface TenantOptions {
  /** The limits of one tenant, from your database or configuration. Asked once for callers that come together, and again after `ttlMs`, in the background. */
  readonly lookup: (tenant: string, options: { readonly signal: AbortSignal }) => Limits | Promise<Limits>
  /** Limits for a tenant that cannot be looked up and whose last limits are not known. */
  readonly fallback: Limits
  /** How long a lookup is good for, in milliseconds; 1 to 86 400 000, default 60 000. */
  readonly ttlMs?: number | undefined
  /** Tenants whose limits are remembered; 1 to 1 000 000, default 10 000. */
  readonly maxTenants?: number | undefined
  /** Different sets of limits at once; 1 to 100 000, default 1000. A tenant beyond that gets `fallback`. */
  readonly maxPlans?: number | undefined
  /** Makes the limiter for one set of limits: in memory by default, or over a store. */
  readonly open?: ((limits: readonly Limit[]) => Limiter | SharedLimiter) | undefined
  readonly clock?: Clock | undefined
}

/**
 * The verbs of a limiter. The tenant is the key, or the first part of a tuple. When a tenant's limits change, what a key has used of the
 * limit that binds stays used; over a store that is the store's rule (token for token, by position).
 */
export interface TenantLimiter extends AsyncDisposable {
  take(key: Key, cost?: number): Promise<Decision>
  peek(key: Key, cost?: number): Promise<Decision>
  wait(key: Key, options?: WaitOptions): Promise<Decision>
  charge(key: Key, cost: number, options?: ChargeOptions): Promise<Decision>
  give(key: Key, cost?: number, options?: ChargeOptions): Promise<void>
  reset(key: Key): Promise<void>
  /** Looks the tenant up anew at the next request: call it when you have changed a plan. */
  forget(tenant: string): void
  snapshot(): { readonly tenants: number; readonly plans: number }
}

interface Plan {
  readonly limiter: Limiter | SharedLimiter
}

export function createTenantLimiter(options: TenantOptions): TenantLimiter {
  const { ttlMs, maxTenants, maxPlans } = readNumbers('createTenantLimiter', options, { ttlMs: [60_000, 1, 86_400_000], maxTenants: [10_000, 1, 1_000_000], maxPlans: [1000, 1, 100_000] }, ['lookup', 'fallback', 'open', 'clock'])
  const clock = readClock('createTenantLimiter', options.clock)
  const { lookup, open = (limits: readonly Limit[]) => createLimiter(limits, { clock }) } = options
  if (typeof lookup !== 'function') throw wrongType('createTenantLimiter: lookup', 'a function', lookup)
  const plans = new Map<string, Plan>()
  /** The plan that a key was limited by last, so that a change can be noticed. */
  const lastPlans = new LRUCache<string, Plan>({ max: maxTenants * 4 })

  const planFor = (limits: Limits): Plan | undefined => {
    const policies = compileLimits(limits).map(toPolicy)
    const signature = JSON.stringify(policies)
    const known = plans.get(signature)
    if (known !== undefined || plans.size >= maxPlans) return known
    const plan = { limiter: open(policies) }
    plans.set(signature, plan)
    return plan
  }
  const fallback: Plan = planFor(options.fallback)!
  const cache = new LRUCache<string, Plan>({
    max: maxTenants,
    ttl: ttlMs,
    // The clock is asked each time: a cached reading would be kept by a timer of the platform.
    ttlResolution: 0,
    allowStale: true,
    allowStaleOnFetchRejection: true,
    // The cache takes a time of 0 for none.
    perf: { now: () => clock.monotonic() + 1 },
    fetchMethod: async (tenant, _stale, { signal }) => planFor(await lookup(tenant, { signal })) ?? fallback,
  })

  const limiterOf = async (key: Key): Promise<Limiter | SharedLimiter> => {
    const name = keyText(key)
    const tenant = typeof key === 'string' ? key : String(key[0])
    const plan = (await cache.fetch(tenant).catch(() => undefined)) ?? fallback
    const last = lastPlans.get(name)
    lastPlans.set(name, plan)
    if (last !== undefined && last !== plan) carryOver(last.limiter, plan.limiter, key)
    return plan.limiter
  }
  return {
    take: async (key, cost) => (await limiterOf(key)).take(key, cost),
    peek: async (key, cost) => (await limiterOf(key)).peek(key, cost),
    wait: async (key, waitOptions) => (await limiterOf(key)).wait(key, waitOptions),
    charge: async (key, cost, chargeOptions) => (await limiterOf(key)).charge(key, cost, chargeOptions),
    give: async (key, cost, chargeOptions) => void (await (await limiterOf(key)).give(key, cost, chargeOptions)),
    reset: async (key) => void (await (await limiterOf(key)).reset(key)),
    forget: (tenant) => void cache.delete(tenant),
    snapshot: () => ({ tenants: cache.size, plans: plans.size }),
    async [Symbol.asyncDispose]() {
      cache.clear()
      for (const { limiter } of plans.values()) await (isShared(limiter) ? limiter.close() : limiter[Symbol.dispose]())
    },
  }
}

const isShared = (limiter: Limiter | SharedLimiter): limiter is SharedLimiter => Symbol.asyncDispose in limiter

/** Between limiters in memory what was used moves along; a store keeps it under the same key. */
function carryOver(last: Limiter | SharedLimiter, now: Limiter | SharedLimiter, key: Key): void {
  if (isShared(last) || isShared(now)) return
  const { remaining, policy } = last.peek(key, 0)
  const used = last.policies.find(({ name }) => name === policy)!.burst - remaining
  last.reset(key)
  if (used > 0) now.charge(key, used)
}
