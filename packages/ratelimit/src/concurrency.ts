/**
 * How many at once, rather than how many per time: permits that are released, or expire if their holder never comes back.
 *
 * ```ts
 * const slots = createConcurrency({ limit: 20, leaseMs: 30_000 })
 * const permit = slots.acquire('reports')
 * if (permit.allowed) try { await work() } finally { permit.release() }
 * ```
 */
import { keyText } from './core/key.ts'
import * as defaults from './ground/defaults.ts'
import { wrongType } from './ground/errors.ts'
import { readClock, readNumbers } from './ground/options.ts'
import type { SharedConcurrency, SharedConcurrencyOptions } from './ground/permits.ts'
import type { Clock, Key } from './ground/types.ts'

export interface ConcurrencyOptions {
  readonly store?: undefined
  /** Permits per key at once; 1 to 1 000 000. */
  readonly limit: number
  /** How long a permit is good for without being renewed, in milliseconds; 1 to 86 400 000, default 60 000. Work that may take longer renews. */
  readonly leaseMs?: number | undefined
  /** Permits of all keys together; 1 to 16 000 000, default 100 000. Beyond it everybody is refused. */
  readonly maxPermits?: number | undefined
  /** Callers of `wait`, all keys together; 0 to 1 000 000, default 1000. */
  readonly maxWaiting?: number | undefined
  readonly clock?: Clock | undefined
}

/** The answer to `acquire`: a value either way. Releasing what was refused does nothing. */
export interface Permit extends Disposable {
  readonly allowed: boolean
  /** `limit` the key has its fill · `queue` too many wait, or hold permits · `closed` disposed of. */
  readonly reason: 'ok' | 'limit' | 'queue' | 'closed'
  /** Permits of the key that are out, this one included. */
  readonly inFlight: number
  readonly limit: number
  /** Of a refusal: when the oldest permit expires, if nobody releases one before. */
  readonly retryAfterMs: number
  /** Gives the place free. Only the first call counts, and none after the permit has expired. */
  release(): void
  /** Starts the lease anew. False if it was released or has expired: somebody else may hold the place. */
  renew(): boolean
}

export interface Concurrency extends Disposable {
  acquire(key: Key): Permit
  /** Acquires as soon as a place is free, first come, first served per key. Rejects with `signal.reason`. */
  wait(key: Key, options?: { readonly signal?: AbortSignal | undefined }): Promise<Permit>
  inFlight(key: Key): number
  /** Permits and waiters of all keys. */
  snapshot(): { readonly permits: number; readonly waiting: number; readonly keys: number }
}

interface Lease {
  untilMs: number
}

/** Invariant: leases stand in order of expiry, because all last equally long and a renewed one goes to the end. Never empty of both while it is kept. */
interface Place {
  readonly leases: Set<Lease>
  readonly waiters: Set<(permit: Permit) => void>
  timer: { cancel(): void } | undefined
}

export type { PermitBackend, PermitReply, PermitStore, SharedConcurrency, SharedConcurrencyOptions, SharedPermit } from './ground/permits.ts'

/** A limit of permits at once: in this process, or with a `store` of all processes together, and then its verbs answer with promises. */
export function createConcurrency(options: ConcurrencyOptions): Concurrency
export function createConcurrency(options: SharedConcurrencyOptions): SharedConcurrency
export function createConcurrency(options: ConcurrencyOptions | SharedConcurrencyOptions): Concurrency | SharedConcurrency {
  if ('store' in options && options.store !== undefined) {
    if (typeof options.store?.open !== 'function') throw wrongType('createConcurrency: store', 'a store of permits, such as redisPermits({ client })', options.store)
    return options.store.open(options)
  }
  return createLocal(options as ConcurrencyOptions)
}

const ranges = {
  limit: [undefined, 1, 1_000_000],
  leaseMs: [60_000, 1, 86_400_000],
  maxPermits: [defaults.maxKeys, 1, 16_000_000],
  maxWaiting: [defaults.maxWaiting, 0, 1_000_000],
} as const

function createLocal(options: ConcurrencyOptions): Concurrency {
  const { limit, leaseMs, maxPermits, maxWaiting } = readNumbers('createConcurrency', options, ranges, ['store', 'clock'])
  const clock = readClock('createConcurrency', options.clock)
  const places = new Map<string, Place>()
  let permits = 0
  let waiting = 0
  let closed = false

  const refused = (reason: Permit['reason'], inFlight: number, retryAfterMs: number): Permit =>
    ({ allowed: false, reason, inFlight, limit, retryAfterMs, release: () => undefined, renew: () => false, [Symbol.dispose]: () => undefined })

  const drop = (place: Place, lease: Lease): boolean => {
    if (!place.leases.delete(lease)) return false
    permits -= 1
    return true
  }
  const expire = (place: Place): void => {
    const nowMs = clock.monotonic()
    for (const lease of place.leases) {
      if (lease.untilMs > nowMs) break
      drop(place, lease)
    }
  }
  const grant = (name: string, place: Place): Permit => {
    const lease: Lease = { untilMs: clock.monotonic() + leaseMs }
    place.leases.add(lease)
    permits += 1
    const release = (): void => {
      if (lease.untilMs > clock.monotonic() && drop(place, lease)) serve(name, place)
    }
    const renew = (): boolean => {
      if (lease.untilMs <= clock.monotonic() || !place.leases.delete(lease)) return false
      lease.untilMs = clock.monotonic() + leaseMs
      place.leases.add(lease)
      return true
    }
    return { allowed: true, reason: 'ok', inFlight: place.leases.size, limit, retryAfterMs: 0, release, renew, [Symbol.dispose]: release }
  }
  const oldestMs = (place: Place): number => {
    for (const lease of place.leases) return Math.max(1, Math.ceil(lease.untilMs - clock.monotonic()))
    return leaseMs
  }
  /** Hands free places to those who wait, and looks again when the oldest lease ends. */
  const serve = (name: string, place: Place): void => {
    place.timer?.cancel()
    place.timer = undefined
    expire(place)
    for (const settle of place.waiters) {
      if (place.leases.size >= limit || permits >= maxPermits) break
      place.waiters.delete(settle)
      waiting -= 1
      settle(grant(name, place))
    }
    if (place.waiters.size > 0) place.timer = clock.after?.(oldestMs(place), () => serve(name, place))
    else if (place.leases.size === 0) places.delete(name)
  }
  const at = (name: string): Place => {
    const known = places.get(name)
    if (known !== undefined) {
      expire(known)
      return known
    }
    const place: Place = { leases: new Set(), waiters: new Set(), timer: undefined }
    places.set(name, place)
    return place
  }
  /** Places whose holders never came back are found here, a few at a time. */
  let hand = places.entries()
  const sweep = (): void => {
    for (let looked = 0; looked < 2; looked += 1) {
      const { value, done } = hand.next()
      if (done === true) {
        hand = places.entries()
        return
      }
      serve(value[0], value[1])
    }
  }
  const acquireNow = (name: string): Permit => {
    if (closed) return refused('closed', 0, Infinity)
    sweep()
    const place = at(name)
    if (place.leases.size >= limit || place.waiters.size > 0) return refused('limit', place.leases.size, oldestMs(place))
    if (permits < maxPermits) return grant(name, place)
    serve(name, place)
    return refused('queue', place.leases.size, leaseMs)
  }
  return {
    acquire: (key) => acquireNow(keyText(key)),
    async wait(key, { signal } = {}) {
      const name = keyText(key)
      signal?.throwIfAborted()
      if (clock.after === undefined) throw new TypeError('wait: the clock given to createConcurrency has no after(ms, run).')
      const permit = acquireNow(name)
      if (permit.allowed || closed) return permit
      if (waiting >= maxWaiting) return { ...permit, reason: 'queue' }
      const { promise, resolve, reject } = Promise.withResolvers<Permit>()
      const place = at(name)
      const leave = (): void => {
        if (place.waiters.delete(settle)) waiting -= 1
        reject(signal?.reason)
        serve(name, place)
      }
      const settle = (granted: Permit): void => {
        signal?.removeEventListener('abort', leave)
        resolve(granted)
      }
      signal?.addEventListener('abort', leave, { once: true })
      place.waiters.add(settle)
      waiting += 1
      serve(name, place)
      return promise
    },
    inFlight(key) {
      const place = places.get(keyText(key))
      if (place !== undefined) expire(place)
      return place?.leases.size ?? 0
    },
    snapshot: () => ({ permits, waiting, keys: places.size }),
    [Symbol.dispose]() {
      closed = true
      for (const place of places.values()) {
        place.timer?.cancel()
        for (const settle of place.waiters) settle(refused('closed', place.leases.size, Infinity))
      }
      places.clear()
      permits = 0
      waiting = 0
    },
  }
}
