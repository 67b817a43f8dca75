import { compileLimits, toPolicy, type Bandwidth } from './core/bandwidth.ts'
import { checkCost } from './core/cost.ts'
import { blocked, decide, overcharge, standing, refuse } from './core/decide.ts'
import { inherit } from './core/inherit.ts'
import { isShort, shortText } from './core/key.ts'
import { Ledger } from './core/ledger.ts'
import type { HashKey } from './core/hash.ts'
import { advance, startTime, type Time } from './core/time.ts'
import { createCharges } from './charges.ts'
import { listen, tell, type Listeners } from './events.ts'
import { wrongType, wrongValue } from './ground/errors.ts'
import type { SharedLimiter, SharedOptions } from './ground/store.ts'
import { readOptions, wholeNumber, type LimiterOptions, type Settings } from './ground/options.ts'
import type { ChargeOptions, Clock, Decision, Held, Key, Limit, Limiter, LimiterEvent, LimiterSnapshot, Policy, WaitOptions } from './ground/types.ts'
import { createWaitingRoom, type WaitingRoom } from './waiting.ts'

/**
 * An exact token bucket per key, for one limit or for several that hold together (all or nothing): in memory, or in a store that many
 * processes share, and then the same verbs answer with promises. Throws on limits and options that make no sense; the verbs throw only
 * for a key or a cost that makes none.
 */
export function createLimiter(limits: Limit | readonly Limit[], options?: LimiterOptions): Limiter
export function createLimiter(limits: Limit | readonly Limit[], options: SharedOptions): SharedLimiter
export function createLimiter(limits: Limit | readonly Limit[], options: LimiterOptions | SharedOptions = {}): Limiter | SharedLimiter {
  const { store } = options
  if (store === undefined) return new LocalLimiter(compileLimits(limits), readOptions(options as LimiterOptions))
  if (typeof store?.open !== 'function') throw wrongType('createLimiter: store', 'a store, such as redisStore({ client })', store)
  return store.open(limits, options as SharedOptions)
}

/** The buckets in memory. A class, so that the verbs of all limiters are one set of functions, and a call finds them as fast in the second limiter as in the first. */
class LocalLimiter implements Limiter {
  readonly #settings: Settings
  readonly #clock: Clock
  readonly #hashKey: HashKey
  /** What is no short string begins with this, which nobody outside can know, so that no string can be taken for it. */
  readonly #mark: string
  readonly #time: Time
  readonly #room: WaitingRoom
  readonly #isNew: (key: string, id: string | undefined) => boolean
  readonly #listeners: Listeners<LimiterEvent> = new Set()
  readonly #blocks = new Map<string, number>()
  #ledger: Ledger
  #policies: readonly Policy[]
  #saturated = false
  #closed = false
  /** True while a take of a known key may go the short way. Whatever ends the quiet sets this to false; the long way finds out when it is back. */
  #quiet = false

  constructor(bandwidths: readonly Bandwidth[], settings: Settings) {
    const { clock, random, maxWaiting, maxIds } = settings
    this.#settings = settings
    this.#clock = clock
    this.#hashKey = { k0: Math.floor(random() * 2 ** 32), k1: Math.floor(random() * 2 ** 32) }
    this.#mark = `\0${this.#hashKey.k0.toString(36)}.${this.#hashKey.k1.toString(36)}:`
    this.#time = startTime(clock.monotonic())
    this.#isNew = createCharges(maxIds)
    this.#ledger = this.#open(bandwidths)
    this.#policies = bandwidths.map(toPolicy)
    this.#room = createWaitingRoom({
      clock,
      maxWaiting,
      take: (name, cost) => this.#answer(name, cost, 0, true),
      ask: (name, cost, ahead) => this.#answer(name, cost, ahead, false),
    })
  }

  get policies(): readonly Policy[] {
    return this.#policies
  }

  get size(): number {
    return this.#ledger.size
  }

  take(key: Key, cost: number = 1): Decision {
    const name = this.#nameOf(key)
    if (cost !== 1) checkCost(cost)
    if (this.#quiet) {
      this.#tick()
      return this.#ledger.takeOne(name, cost)
    }
    const ahead = this.#room.ahead(name)
    this.#quiet = this.#isQuiet()
    return this.#answer(name, cost, ahead, ahead === 0)
  }

  peek(key: Key, cost: number = 1): Decision {
    const name = this.#nameOf(key)
    checkCost(cost)
    return this.#answer(name, cost, this.#room.ahead(name), false)
  }

  wait(key: Key, options: WaitOptions = {}): Promise<Decision> {
    this.#quiet = false
    return this.#room.wait(this.#nameOf(key), checkCost(options.cost ?? 1), options)
  }

  give(key: Key, cost: number = 1, { id }: ChargeOptions = {}): void {
    const name = this.#nameOf(key)
    checkCost(cost)
    if (this.#closed || !this.#isNew(name, id)) return
    this.#tick()
    const slot = this.#ledger.read(name)
    if (slot === -1) return
    this.#ledger.write(name, slot, -cost)
    this.#room.poke(name)
  }

  charge(key: Key, cost: number, { id }: ChargeOptions = {}): Decision {
    const name = this.#nameOf(key)
    checkCost(cost)
    if (this.#closed) return this.#farewell()
    this.#tick()
    const slot = this.#ledger.read(name)
    const { bandwidths, debts } = this.#ledger
    const refused = overcharge(bandwidths, debts, cost)
    if (refused !== undefined) return refused
    if (this.#isNew(name, id) && cost > 0) this.#ledger.write(name, slot, cost)
    const decision = standing(bandwidths, debts)
    this.#report(name, cost, decision)
    return decision
  }

  block(key: Key, forMs: number): boolean {
    const name = this.#nameOf(key)
    wholeNumber('block: forMs', forMs, 0, Number.MAX_SAFE_INTEGER)
    this.#tick()
    const blocks = this.#blocks
    const { nowMs } = this.#time
    const { maxKeys } = this.#settings
    if (blocks.size >= maxKeys) for (const [other, untilMs] of blocks) if (untilMs <= nowMs) blocks.delete(other)
    if (blocks.size >= maxKeys && !blocks.has(name)) return false
    blocks.set(name, nowMs + forMs)
    this.#quiet = false
    this.#room.poke(name)
    return true
  }

  reset(key: Key): void {
    const name = this.#nameOf(key)
    this.#ledger.forget(name)
    this.#blocks.delete(name)
    this.#room.poke(name)
  }

  change(limits: Limit | readonly Limit[], { held = 'used' }: { readonly held?: Held | undefined } = {}): void {
    const bandwidths = compileLimits(limits)
    if (!['used', 'share', 'reset'].includes(held)) throw wrongValue('change: held', "'used', 'share' or 'reset'", held)
    this.#tick()
    const before = this.#ledger
    this.#ledger = this.#open(bandwidths)
    if (held !== 'reset') inherit(before, this.#ledger, held)
    this.#policies = bandwidths.map(toPolicy)
    this.#saturated = this.#quiet = false
    tell(this.#listeners, { type: 'changed', policies: this.#policies })
    this.#room.pokeAll()
  }

  sweep(): number {
    this.#tick()
    return this.#ledger.sweep()
  }

  snapshot(): LimiterSnapshot {
    const { size, shared } = this.#ledger
    return { size, maxKeys: this.#settings.maxKeys, shared, blocked: this.#blocks.size, waiting: this.#room.waiting }
  }

  onEvent(listener: (event: LimiterEvent) => void): Disposable {
    this.#quiet = false
    return listen(this.#listeners, listener)
  }

  [Symbol.dispose](): void {
    this.#closed = true
    this.#quiet = false
    this.#room.close(this.#farewell())
    this.#listeners.clear()
  }

  #open(bandwidths: readonly Bandwidth[]): Ledger {
    return new Ledger(bandwidths, { ...this.#settings, hashKey: this.#hashKey, time: this.#time })
  }

  #nameOf(key: Key): string {
    return isShort(key) ? key : this.#mark + shortText(key, this.#hashKey)
  }

  #tick(): void {
    const readMs = Math.floor(this.#clock.monotonic())
    if (readMs !== this.#time.readMs) this.#move(readMs)
  }

  #move(readMs: number): void {
    const byMs = advance(this.#time, readMs, this.#ledger.fullMs)
    if (byMs > 0) tell(this.#listeners, { type: 'clock-back', byMs })
  }

  /** One limit, and nobody blocked, waiting or listening. */
  #isQuiet(): boolean {
    return !this.#closed && !this.#settings.shadow && this.#policies.length === 1 && this.#blocks.size + this.#listeners.size + this.#room.waiting === 0
  }

  /** Decides behind those who wait, takes if `really`, and then tells the listeners. */
  #answer(name: string, cost: number, ahead: number, really: boolean): Decision {
    if (this.#closed) return this.#farewell()
    this.#tick()
    const ledger = this.#ledger
    const slot = ledger.read(name)
    let decision = decide(ledger.bandwidths, ledger.debts, cost, ahead)
    if (this.#blocks.size > 0) decision = this.#underBlock(name, decision)
    if (decision.allowed) {
      if (really && cost > 0) ledger.write(name, slot, cost)
    } else if (this.#settings.shadow) decision = { ...decision, allowed: true, reason: 'shadow' }
    if (really && this.#listeners.size > 0) this.#report(name, cost, decision)
    return decision
  }

  #underBlock(name: string, decision: Decision): Decision {
    const leftMs = (this.#blocks.get(name) ?? 0) - this.#time.nowMs
    if (leftMs > 0) return blocked(this.#ledger.bandwidths, this.#ledger.debts, decision, leftMs)
    this.#blocks.delete(name)
    return decision
  }

  #report(name: string, cost: number, decision: Decision): void {
    const { size } = this.#ledger
    const { maxKeys } = this.#settings
    const key = name.startsWith(this.#mark) ? name.slice(this.#mark.length) : name
    tell(this.#listeners, { type: 'decision', key, cost, decision })
    if (size >= maxKeys && !this.#saturated) tell(this.#listeners, { type: 'saturated', size, maxKeys })
    this.#saturated = size >= maxKeys
  }

  /** What everybody is told after the end. */
  #farewell(): Decision {
    return refuse('closed', this.#ledger.bandwidths[0]!, 0, Infinity)
  }
}
