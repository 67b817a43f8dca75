import { compileLimits, toPolicy, type Bandwidth } from './core/bandwidth.ts'
import { decide, verdict } from './core/decide.ts'
import { sipHash, type HashKey } from './core/hash.ts'
import { keyText } from './core/key.ts'
import { Ledger } from './core/ledger.ts'
import { inherit } from './core/inherit.ts'
import { checkCost } from './core/cost.ts'
import { blocked, overcharge, standing } from './core/replay.ts'
import { Listeners } from './events.ts'
import { maxKeyLength } from './ground/defaults.ts'
import { wrongType, wrongValue } from './ground/errors.ts'
import type { SharedLimiter, SharedOptions } from './ground/store.ts'
import { readOptions, wholeNumber, type LimiterOptions, type Settings } from './ground/options.ts'
import type { ChargeOptions, Decision, Held, Key, Limit, Limiter, LimiterEvent, LimiterSnapshot, Policy, Reason, WaitOptions } from './ground/types.ts'
import { Memory } from './memory.ts'
import { WaitingRoom } from './waiting.ts'

/**
 * An exact token bucket per key, for one limit or for several that hold together (all or nothing): in memory, or in a store that many
 * processes share, and then the same verbs answer with promises. Throws on limits and options that make no sense; the verbs throw only
 * for a key or a cost that makes none.
 */
export function createLimiter(limits: Limit | readonly Limit[], options?: LimiterOptions): Limiter
export function createLimiter(limits: Limit | readonly Limit[], options: SharedOptions): SharedLimiter
export function createLimiter(limits: Limit | readonly Limit[], options: LimiterOptions | SharedOptions = {}): Limiter | SharedLimiter {
  if ('store' in options && options.store !== undefined) {
    if (typeof options.store?.open !== 'function') throw wrongType('createLimiter: store', 'a store, such as redisStore({ client })', options.store)
    return options.store.open(limits, options)
  }
  return new MemoryLimiter(compileLimits(limits), readOptions(options))
}

class MemoryLimiter implements Limiter {
  readonly #settings: Settings
  readonly #hashKey: HashKey
  /** Begins the name of what is no short string. */
  readonly #mark: string
  readonly #listeners = new Listeners<LimiterEvent>()
  readonly #room: WaitingRoom
  readonly #blocks = new Map<string, number>()
  readonly #ids: Memory
  #ledger: Ledger
  #policies: readonly Policy[]
  #saturated = false
  #closed = false
  /**
   * One limit, and nobody blocked, waiting or listening: then a take of a known key goes the short way. Whatever ends the quiet sets this
   * to false; the long way finds out when it is back.
   */
  #quiet = false

  constructor(bandwidths: readonly Bandwidth[], settings: Settings) {
    this.#settings = settings
    this.#hashKey = { k0: Math.floor(settings.random() * 2 ** 32), k1: Math.floor(settings.random() * 2 ** 32) }
    this.#mark = `\0${this.#hashKey.k0.toString(36)}.${this.#hashKey.k1.toString(36)}:`
    this.#ledger = this.#open(bandwidths)
    this.#policies = bandwidths.map(toPolicy)
    this.#ids = new Memory(settings.maxIds)
    this.#room = new WaitingRoom({
      clock: settings.clock,
      maxWaiting: settings.maxWaiting,
      take: (key, cost) => this.#answer(key, cost, 0, true),
      ask: (key, cost, ahead) => this.#answer(key, cost, ahead, false),
    })
  }

  get policies(): readonly Policy[] {
    return this.#policies
  }

  get size(): number {
    return this.#ledger.size
  }

  take(key: Key, cost: number = 1): Decision {
    const name = this.#name(key)
    checkCost(cost)
    if (this.#quiet && this.#ledger.advance(this.#settings.clock.monotonic()) === 0) {
      const decision = this.#ledger.takeOne(name, cost)
      if (decision !== undefined) return decision
    }
    const ahead = this.#room.ahead(name)
    const decision = this.#answer(name, cost, ahead, ahead === 0)
    this.#quiet = this.#isQuiet()
    return decision
  }

  peek(key: Key, cost: number = 1): Decision {
    const name = this.#name(key)
    checkCost(cost)
    return this.#decide(name, cost, this.#room.ahead(name), false)
  }

  wait(key: Key, options: WaitOptions = {}): Promise<Decision> {
    const name = this.#name(key)
    this.#quiet = false
    return this.#room.wait(name, checkCost(options.cost ?? 1), options)
  }

  give(key: Key, cost: number = 1, options: ChargeOptions = {}): void {
    const name = this.#name(key)
    checkCost(cost)
    if (this.#closed || !this.#ids.isNew(name, options.id)) return
    this.#advance()
    const slot = this.#ledger.read(name)
    if (slot === -1) return
    const { bandwidths, debts } = this.#ledger
    for (const [index, { weight }] of bandwidths.entries()) {
      debts[index] = cost >= debts[index]! / weight ? 0 : debts[index]! - cost * weight
    }
    this.#ledger.write(name, slot, 0)
    this.#room.poke(name)
  }

  charge(key: Key, cost: number, options: ChargeOptions = {}): Decision {
    const name = this.#name(key)
    checkCost(cost)
    this.#advance()
    const { bandwidths, debts } = this.#ledger
    const slot = this.#ledger.read(name)
    if (this.#closed) return this.#refusal('closed')
    const refused = overcharge(bandwidths, debts, cost)
    if (refused !== undefined) return refused
    if (this.#ids.isNew(name, options.id) && cost > 0) this.#ledger.write(name, slot, cost)
    this.#ledger.read(name)
    const decision = standing(bandwidths, debts)
    this.#report(name, cost, decision)
    return decision
  }

  block(key: Key, forMs: number): boolean {
    const name = this.#name(key)
    wholeNumber('block: forMs', forMs, 0, Number.MAX_SAFE_INTEGER)
    this.#quiet = false
    this.#advance()
    const { timeMs } = this.#ledger
    if (!this.#blocks.has(name) && this.#blocks.size >= this.#settings.maxKeys) {
      for (const [blocked, untilMs] of this.#blocks) if (untilMs <= timeMs) this.#blocks.delete(blocked)
      if (this.#blocks.size >= this.#settings.maxKeys) return false
    }
    this.#blocks.set(name, timeMs + forMs)
    this.#room.poke(name)
    return true
  }

  reset(key: Key): void {
    const name = this.#name(key)
    this.#ledger.forget(name)
    this.#blocks.delete(name)
    this.#room.poke(name)
  }

  change(limits: Limit | readonly Limit[], { held = 'used' }: { readonly held?: Held | undefined } = {}): void {
    const bandwidths = compileLimits(limits)
    if (held !== 'used' && held !== 'share' && held !== 'reset') throw wrongValue('change: held', "'used', 'share' or 'reset'", held)
    this.#advance()
    const before = this.#ledger
    this.#ledger = this.#open(bandwidths)
    if (held !== 'reset') inherit(before, this.#ledger, held)
    // A clock that once went back has left the old ledger's time apart from the new one's.
    const shiftMs = this.#ledger.timeMs - before.timeMs
    for (const [key, untilMs] of this.#blocks) this.#blocks.set(key, untilMs + shiftMs)
    this.#policies = bandwidths.map(toPolicy)
    this.#quiet = false
    this.#saturated = false
    this.#listeners.emit({ type: 'changed', policies: this.#policies })
    this.#room.pokeAll()
  }

  sweep(): number {
    this.#advance()
    return this.#ledger.sweep()
  }

  snapshot(): LimiterSnapshot {
    const { size, shared } = this.#ledger
    return { size, maxKeys: this.#settings.maxKeys, shared, blocked: this.#blocks.size, waiting: this.#room.waiting }
  }

  onEvent(listener: (event: LimiterEvent) => void): Disposable {
    this.#quiet = false
    return this.#listeners.add(listener)
  }

  [Symbol.dispose](): void {
    this.#closed = true
    this.#quiet = false
    this.#room.close(this.#refusal('closed'))
    this.#listeners.clear()
  }

  #open(bandwidths: readonly Bandwidth[]): Ledger {
    const { maxKeys, sharedBuckets, clock } = this.#settings
    return new Ledger(bandwidths, { maxKeys, sharedBuckets, hashKey: this.#hashKey }, clock.monotonic())
  }

  #isQuiet(): boolean {
    if (this.#closed || this.#settings.shadow || this.#policies.length > 1) return false
    return this.#blocks.size === 0 && this.#room.waiting === 0 && !this.#listeners.any
  }

  /** Decides, takes if `really`, and tells the listeners. */
  #answer(name: string, cost: number, ahead: number, really: boolean): Decision {
    const decision = this.#decide(name, cost, ahead, really)
    if (really && this.#listeners.any) this.#report(name, cost, decision)
    return decision
  }

  #decide(name: string, cost: number, ahead: number, really: boolean): Decision {
    if (this.#closed) return this.#refusal('closed')
    this.#advance()
    const slot = this.#ledger.read(name)
    let decision = decide(this.#ledger.bandwidths, this.#ledger.debts, cost, ahead)
    if (this.#blocks.size > 0) decision = this.#blocked(name, decision)
    if (decision.allowed) {
      if (really && cost > 0) this.#ledger.write(name, slot, cost)
      return decision
    }
    return this.#settings.shadow ? { ...decision, allowed: true, reason: 'shadow' } : decision
  }

  #blocked(name: string, decision: Decision): Decision {
    const untilMs = this.#blocks.get(name)
    if (untilMs === undefined) return decision
    const leftMs = untilMs - this.#ledger.timeMs
    if (leftMs <= 0) {
      this.#blocks.delete(name)
      return decision
    }
    return blocked(this.#ledger.bandwidths, this.#ledger.debts, decision, leftMs)
  }

  #refusal(reason: Reason): Decision {
    return verdict(reason, this.#ledger.bandwidths[0]!, 0, Infinity)
  }

  #advance(): void {
    const byMs = this.#ledger.advance(this.#settings.clock.monotonic())
    if (byMs > 0) this.#listeners.emit({ type: 'clock-back', byMs })
  }

  #report(name: string, cost: number, decision: Decision): void {
    const key = name.startsWith(this.#mark) ? name.slice(this.#mark.length) : name
    this.#listeners.emit({ type: 'decision', key, cost, decision })
    const { size } = this.#ledger
    const { maxKeys } = this.#settings
    if (size >= maxKeys && !this.#saturated) this.#listeners.emit({ type: 'saturated', size, maxKeys })
    this.#saturated = size >= maxKeys
  }

  /** A short string stands for itself, and its letters are not even looked at: that would be a cache miss for each request. */
  #name(key: Key): string {
    return typeof key === 'string' && key.length <= maxKeyLength ? key : this.#markedName(key)
  }

  /** Tuples and long keys begin with 64 random bits, so that no string from outside can be taken for one. Long ones are kept as 128 bits of a keyed hash. */
  #markedName(key: Key): string {
    const text = keyText(key)
    if (text.length <= maxKeyLength) return this.#mark + text
    const { k0, k1 } = this.#hashKey
    return `${this.#mark}#h${[...sipHash(text, { k0, k1 }), ...sipHash(text, { k0: k1, k1: ~k0 })].map((word) => word.toString(36)).join('.')}`
  }
}
