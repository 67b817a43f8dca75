import { createConcurrency, type Concurrency } from '../concurrency.ts'
import { keyText } from '../core/key.ts'
import { systemRandom } from '../ground/clock.ts'
import * as defaults from '../ground/defaults.ts'
import { readClock, readNumbers } from '../ground/options.ts'
import type { PermitBackend, PermitReply, PermitStore, SharedConcurrency, SharedConcurrencyOptions, SharedPermit } from '../ground/permits.ts'
import type { Outage } from '../ground/store.ts'
import type { Clock, Key } from '../ground/types.ts'
import { Lines } from './lines.ts'
import { readOutage } from './options.ts'
import { Probe } from './probe.ts'

/** A store of permits over a backend, which must do each of its verbs in one atomic step, by its own clock. */
export function definePermitStore(backend: PermitBackend): PermitStore {
  return { open: (options) => new StoreConcurrency(backend, options) }
}

const ranges = {
  limit: [undefined, 1, 1_000_000],
  leaseMs: [60_000, 1, 86_400_000],
  pollMs: [50, 1, 60_000],
  timeoutMs: [defaults.timeoutMs, 1, 60_000],
  replicas: [1, 1, 100_000],
  maxWaiting: [defaults.maxWaiting, 0, 1_000_000],
} as const

class StoreConcurrency implements SharedConcurrency {
  readonly #backend: PermitBackend
  readonly #clock: Required<Clock>
  readonly #limit: number
  readonly #leaseMs: number
  readonly #timeoutMs: number
  readonly #outage: Outage
  readonly #probe: Probe
  readonly #lines: Lines<SharedPermit>
  /** This process's share, for as long as there is no store. */
  readonly #local: Concurrency
  /** Begins the names of this process's permits. */
  readonly #name: string
  #granted = 0
  #closed = false

  constructor(backend: PermitBackend, options: SharedConcurrencyOptions) {
    const { limit, leaseMs, pollMs, timeoutMs, replicas, maxWaiting } = readNumbers('createConcurrency', options, ranges, ['store', 'outage', 'clock', 'random'])
    const clock = readClock('createConcurrency', options.clock, true)
    const { random = systemRandom } = options
    this.#backend = backend
    this.#clock = clock as Required<Clock>
    this.#outage = readOutage('createConcurrency', options.outage)
    this.#limit = limit
    this.#leaseMs = leaseMs
    this.#timeoutMs = timeoutMs
    this.#probe = new Probe(clock)
    this.#local = createConcurrency({ limit: Math.max(1, Math.floor(limit / replicas)), leaseMs, clock })
    this.#name = `${Math.floor(random() * 2 ** 52).toString(36)}.`
    const soon = (permit: SharedPermit): SharedPermit => ({ ...permit, retryAfterMs: Math.min(permit.retryAfterMs, pollMs) })
    this.#lines = new Lines({
      clock: this.#clock,
      maxWaiting,
      take: async (key, _cost, isGone) => {
        const permit = await this.#acquire(key)
        if (permit.allowed && isGone()) await permit.release()
        return permit.allowed || this.#closed ? permit : soon(permit)
      },
      ask: async (_key, _cost, ahead) => this.#refused('limit', ahead, pollMs),
      full: (permit) => ({ ...permit, reason: 'queue' }),
    })
  }

  async acquire(key: Key): Promise<SharedPermit> {
    const name = keyText(key)
    const ahead = this.#lines.ahead(name)
    return ahead > 0 ? this.#refused('limit', this.#limit, this.#leaseMs) : this.#acquire(name)
  }

  async wait(key: Key, { signal }: { readonly signal?: AbortSignal | undefined } = {}): Promise<SharedPermit> {
    return this.#lines.wait(keyText(key), 1, { signal })
  }

  async inFlight(key: Key): Promise<number | undefined> {
    const name = keyText(key)
    return this.#ask(() => this.#backend.count(name))
  }

  snapshot(): { readonly waiting: number; readonly storeDown: boolean } {
    return { waiting: this.#lines.waiting, storeDown: this.#probe.down }
  }

  /** Sends everybody home. Permits that are out stay good until they are released or expire. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true
    this.#lines.close()
    this.#local[Symbol.dispose]()
  }

  async #acquire(key: string): Promise<SharedPermit> {
    if (this.#closed) return this.#refused('closed', 0, Infinity)
    this.#granted += 1
    const id = `${this.#name}${this.#granted}`
    // An answer that comes too late may hold a permit that nobody waits for any more.
    const late = (reply: PermitReply): void => void (reply.granted && this.#backend.release(key, id).catch(() => undefined))
    const reply = await this.#ask(() => this.#backend.acquire(key, id, this.#limit, this.#leaseMs), late)
    if (reply === undefined) return this.#without(key)
    return reply.granted ? this.#granting(key, id, reply.inFlight) : this.#refused('limit', reply.inFlight, Math.max(1, reply.retryAfterMs))
  }

  #granting(key: string, id: string, inFlight: number): SharedPermit {
    let held = true
    const release = async (): Promise<void> => {
      if (!held) return
      held = false
      await this.#ask(() => this.#backend.release(key, id))
      this.#lines.poke(key)
    }
    const renew = async (): Promise<boolean> => held && (await this.#ask(() => this.#backend.renew(key, id, this.#leaseMs))) === true
    return { allowed: true, reason: 'ok', inFlight, limit: this.#limit, retryAfterMs: 0, release, renew, [Symbol.asyncDispose]: release }
  }

  #refused(reason: SharedPermit['reason'], inFlight: number, retryAfterMs: number): SharedPermit {
    const nothing = async (): Promise<void> => undefined
    return { allowed: false, reason, inFlight, limit: this.#limit, retryAfterMs, release: nothing, renew: async () => false, [Symbol.asyncDispose]: nothing }
  }

  /** By the rule of an outage. */
  #without(key: string): SharedPermit {
    if (this.#outage === 'refuse') return this.#refused('store', 0, this.#probe.retryAfterMs)
    if (this.#outage === 'allow') return { ...this.#refused('store', 0, 0), allowed: true }
    const { allowed, reason, inFlight, limit, retryAfterMs, release, renew } = this.#local.acquire(key)
    const giveFree = async (): Promise<void> => {
      release()
      this.#lines.poke(key)
    }
    return { allowed, reason, inFlight, limit, retryAfterMs, release: giveFree, renew: async () => renew(), [Symbol.asyncDispose]: giveFree }
  }

  /** The store's answer, or nothing within the time-out and while it is left alone. `late` hears an answer that came after that. */
  #ask<Answer>(run: () => Promise<Answer>, late?: (answer: Answer) => void): Promise<Answer | undefined> {
    if (!this.#probe.mayAsk()) return Promise.resolve(undefined)
    return new Promise((resolve) => {
      let open = true
      const fail = (): void => {
        if (!open) return
        open = false
        timer.cancel()
        this.#probe.failed()
        resolve(undefined)
      }
      const timer = this.#clock.after(this.#timeoutMs, fail)
      run().then((answer) => {
        if (!open) return late?.(answer)
        open = false
        timer.cancel()
        this.#probe.healed()
        resolve(answer)
      }).catch(fail)
    })
  }
}
