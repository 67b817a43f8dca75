import { compileLimits, toPolicy, type Bandwidth } from '../core/bandwidth.ts'
import { checkCost } from '../core/cost.ts'
import { refuse } from '../core/decide.ts'
import { keyText } from '../core/key.ts'
import { listen, tell, type Listeners } from '../events.ts'
import { maxAsking } from '../ground/defaults.ts'
import { wholeNumber } from '../ground/options.ts'
import { readShared, type SharedSettings } from './options.ts'
import type { Backend, SharedEvent, SharedLimiter, SharedOptions, SharedSnapshot } from '../ground/store.ts'
import type { ChargeOptions, Decision, Key, Limit, Policy, WaitOptions } from '../ground/types.ts'
import { checkId } from '../charges.ts'
import { Lanes } from './lanes.ts'
import { left, Leases } from './leases.ts'
import { Lines } from './lines.ts'
import { OutageGuard } from './outage.ts'
import { Recall } from './recall.ts'
import { isTelling, settle, type Asking, type Grant, type Request } from './request.ts'

/** A limiter over a backend. Throws on limits and options that make no sense. */
export function openShared(backend: Backend, limits: Limit | readonly Limit[], options: SharedOptions): SharedLimiter {
  return new StoreLimiter(backend, compileLimits(limits), readShared(options))
}

/**
 * Asks as little as it may: a permit in the drawer, a refusal it can repeat, the rule of an outage; else the store, in batches per key.
 */
class StoreLimiter implements SharedLimiter {
  readonly #backend: Backend
  readonly #settings: SharedSettings
  readonly #listeners: Listeners<SharedEvent> = new Set()
  readonly #recall: Recall
  readonly #guard: OutageGuard
  readonly #lanes: Lanes
  readonly #lines: Lines<Decision>
  readonly #leases: Leases | undefined
  #bandwidths: readonly Bandwidth[]
  #policies: readonly Policy[]
  #collecting: { cancel(): void } | undefined
  #closed = false

  constructor(backend: Backend, bandwidths: readonly Bandwidth[], settings: SharedSettings) {
    const { clock, random, maxKeys, recallMs, timeoutMs, maxWaiting, outage, replicas, lease, shadow } = settings
    this.#backend = backend
    this.#settings = settings
    this.#bandwidths = bandwidths
    this.#policies = bandwidths.map(toPolicy)
    this.#recall = new Recall(maxKeys, recallMs)
    this.#guard = new OutageGuard(bandwidths, { rule: outage, replicas, maxKeys, clock, random })
    this.#leases = lease ? new Leases(replicas, (key, dropped) => this.#giveBack(key, left(dropped, this.#bandwidths, this.#arrivalMs))) : undefined
    this.#lines = new Lines({
      clock,
      maxWaiting,
      take: (key, cost, isGone) => this.#takeUnlessGone(key, cost, isGone),
      ask: (key, cost, ahead) => this.#peek(key, cost, ahead),
      full: (forecast) => ({ ...forecast, allowed: false, reason: 'queue' }),
    })
    this.#lanes = new Lanes({
      backend,
      clock,
      timeoutMs,
      maxAsking,
      bandwidths: () => this.#bandwidths,
      extra: (key, requests, nowMs) => this.#leases?.want(key, this.#bandwidths, requests.filter(({ verb }) => verb === 'take').length, nowMs),
      answered: (key, requests, replay, extra, sentMs, receivedMs) => {
        if (this.#guard.probe.healed()) tell(this.#listeners, { type: 'store-up' })
        const refused = settle(requests, replay, shadow, sentMs)
        if (extra !== undefined) this.#leases?.store(key, this.#bandwidths, replay, extra.count, sentMs, receivedMs)
        if (refused) this.#recall.note(key, { debts: replay.debts, blockedMs: replay.blockedMs, sentMs, receivedMs })
        else this.#recall.forget(key)
        this.#scheduleCollection()
      },
      failed: (key, requests, error) => {
        if (this.#guard.probe.failed()) tell(this.#listeners, { type: 'store-down', error, retryAfterMs: this.#guard.probe.retryAfterMs })
        for (const request of requests) this.#without(key, request)
      },
    })
  }

  get policies(): readonly Policy[] {
    return this.#policies
  }

  take(key: Key, cost: number = 1): Promise<Decision> {
    try {
      const name = keyText(key)
      checkCost(cost)
      const answer = this.#take(name, cost, this.#lines.ahead(name))
      return this.#listeners.size > 0 ? answer.then((decision) => this.#report(name, cost, decision)) : answer
    } catch (error) {
      return Promise.reject(error)
    }
  }

  async peek(key: Key, cost: number = 1): Promise<Decision> {
    const name = keyText(key)
    return this.#peek(name, checkCost(cost), this.#lines.ahead(name))
  }

  async wait(key: Key, options: WaitOptions = {}): Promise<Decision> {
    return this.#lines.wait(keyText(key), checkCost(options.cost ?? 1), options)
  }

  async give(key: Key, cost: number = 1, { id }: ChargeOptions = {}): Promise<boolean> {
    const name = keyText(key)
    checkCost(cost)
    checkId(id)
    return new Promise((answer) => this.#ask(name, { verb: 'give', cost, id, answer }))
  }

  async charge(key: Key, cost: number, { id }: ChargeOptions = {}): Promise<Decision> {
    const name = keyText(key)
    checkCost(cost)
    checkId(id)
    return new Promise((answer) => this.#ask(name, { verb: 'charge', cost, id, answer }))
  }

  async block(key: Key, forMs: number): Promise<boolean> {
    const name = keyText(key)
    wholeNumber('block: forMs', forMs, 0, 2 ** 45)
    this.#leases?.drop(name)
    return new Promise((answer) => this.#ask(name, { verb: 'block', cost: forMs, answer }))
  }

  async reset(key: Key): Promise<boolean> {
    const name = keyText(key)
    this.#leases?.drop(name)
    return new Promise((answer) => this.#ask(name, { verb: 'reset', cost: 0, answer }))
  }

  change(limits: Limit | readonly Limit[]): void {
    this.#bandwidths = compileLimits(limits)
    this.#policies = this.#bandwidths.map(toPolicy)
    this.#recall.clear()
    this.#guard.change(this.#bandwidths)
    for (const key of Array.from(this.#leases?.keys() ?? [])) this.#leases?.drop(key)
    tell(this.#listeners, { type: 'changed', policies: this.#policies })
  }

  snapshot(): SharedSnapshot {
    const nowMs = this.#settings.clock.monotonic()
    return {
      asking: this.#lanes.asking,
      waiting: this.#lines.waiting,
      remembered: this.#recall.size,
      stranded: this.#leases?.stranded(this.#bandwidths, nowMs) ?? 0,
      storeDown: this.#guard.probe.down,
    }
  }

  onEvent(listener: (event: SharedEvent) => void): Disposable {
    return listen(this.#listeners, listener)
  }

  async close(): Promise<void> {
    if (this.#closed) return
    const returned = this.#collect(true)
    this.#closed = true
    this.#collecting?.cancel()
    this.#lines.close()
    await Promise.all(returned)
    this.#listeners.clear()
    await this.#backend.close?.()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  #take(name: string, cost: number, ahead: number, grant?: Grant): Promise<Decision> {
    if (ahead > 0) return this.#takeBehind(name, cost, ahead)
    const known = this.#closed ? undefined : this.#known(name, cost)
    return known === undefined ? new Promise((answer) => this.#ask(name, { verb: 'take', cost, grant, answer })) : Promise.resolve(known)
  }

  /** Takes only what is left when all who wait in front have been served: a peek that finds room for everybody has taken nothing yet. */
  async #takeBehind(name: string, cost: number, ahead: number): Promise<Decision> {
    const forecast = await this.#peek(name, cost, ahead)
    return forecast.allowed ? this.#take(name, cost, 0) : forecast
  }

  async #takeUnlessGone(name: string, cost: number, isGone: () => boolean): Promise<Decision> {
    const grant: Grant = { isGone, before: [], sentMs: 0 }
    const decision = await this.#take(name, cost, 0, grant)
    if (decision.allowed && grant.before.length > 0 && isGone()) void this.#giveBack(name, left({ granted: cost, used: 0, ...grant }, this.#bandwidths, this.#arrivalMs))
    return decision
  }

  /** What can be answered without the store: a permit in the drawer, a refusal that holds. */
  #known(name: string, cost: number): Decision | undefined {
    if (this.#leases === undefined && this.#recall.size === 0) return undefined
    const nowMs = this.#settings.clock.monotonic()
    const leased = this.#leases?.use(name, this.#bandwidths, cost, nowMs)
    if (leased !== undefined || this.#settings.shadow || this.#lanes.busy(name)) return leased
    return this.#recall.refuse(name, this.#bandwidths, cost, nowMs)
  }

  /** With somebody ahead the question is about all of them together: the last one is through when the sum is. */
  #peek(name: string, cost: number, ahead: number): Promise<Decision> {
    return new Promise((answer) => this.#ask(name, { verb: 'peek', cost, ahead, answer }))
  }

  /** To the store, or past it. */
  #ask(name: string, request: Request): void {
    if (this.#closed || this.#lanes.full || !this.#guard.probe.mayAsk()) this.#without(name, request)
    else this.#lanes.push(name, request)
  }

  /** Answers a request for which there is no store. */
  #without(name: string, request: Request): void {
    if (isTelling(request)) {
      if (this.#settings.outage === 'local' && !this.#closed) applyLocally(this.#guard.local, name, request)
      return request.answer(false)
    }
    if (this.#closed) return request.answer(refuse('closed', this.#bandwidths[0]!, 0, Infinity))
    const decision = this.#guard.byRule() ?? this.#decideLocally(name, request)
    request.answer(decision.allowed || !this.#settings.shadow ? decision : { ...decision, allowed: true, reason: 'shadow' })
  }

  #decideLocally(name: string, request: Asking): Decision {
    const { local } = this.#guard
    const owed = this.#recall.hand(name, this.#bandwidths, this.#settings.clock.monotonic())
    // What an earlier outage left here counts as well, but nobody owes more than a full bucket.
    if (owed > 0) local.charge(name, Math.min(Math.ceil(owed / this.#settings.replicas), local.peek(name, 0).remaining))
    if (request.verb === 'charge') return local.charge(name, request.cost, { id: request.id })
    const takes = request.verb === 'take' && request.grant?.isGone() !== true
    return takes ? local.take(name, request.cost) : local.peek(name, request.cost)
  }

  #report(key: string, cost: number, decision: Decision): Decision {
    tell(this.#listeners, { type: 'decision', key, cost, decision })
    return decision
  }

  /** When at the latest something that is sent now is with the store: until then its bucket refills, and a permit given back counts for less. */
  get #arrivalMs(): number {
    return this.#settings.clock.monotonic() + this.#settings.timeoutMs
  }

  /** Puts back permits that the store granted and nobody used. If the store cannot be told, they are lost: no other bucket may have them. */
  #giveBack(name: string, tokens: number): Promise<boolean> {
    if (tokens === 0) return Promise.resolve(true)
    return new Promise((answer) => this.#ask(name, { verb: 'give', cost: tokens, id: undefined, unused: true, answer }))
  }

  #collect(all: boolean): Promise<boolean>[] {
    const leases = this.#leases
    if (leases === undefined) return []
    const idle = leases.collect(this.#settings.clock.monotonic(), all)
    return Array.from(idle, ([key, lease]) => this.#giveBack(key, left(lease, this.#bandwidths, this.#arrivalMs)))
  }

  /** While there are leases, one timer looks after all of them. */
  #scheduleCollection(): void {
    if (this.#collecting !== undefined || this.#closed || (this.#leases?.size ?? 0) === 0) return
    this.#collecting = this.#settings.clock.after(200, () => {
      this.#collecting = undefined
      void Promise.all(this.#collect(false))
      this.#scheduleCollection()
    })
  }
}

function applyLocally(local: OutageGuard['local'], name: string, request: Request): void {
  if (request.verb === 'give' && request.unused !== true) local.give(name, request.cost, { id: request.id })
  if (request.verb === 'block') local.block(name, request.cost)
  if (request.verb === 'reset') local.reset(name)
}
