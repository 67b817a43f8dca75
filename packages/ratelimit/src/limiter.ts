import { compileLimits, toPolicy, type Bandwidth } from './core/bandwidth.ts'
import { checkCost } from './core/cost.ts'
import { blocked, decide, drained, overcharge, standing, verdict } from './core/decide.ts'
import { inherit } from './core/inherit.ts'
import { isShort, shortText } from './core/key.ts'
import { Ledger } from './core/ledger.ts'
import { advance, startTime } from './core/time.ts'
import { createCharges } from './charges.ts'
import { listen, tell, type Listeners } from './events.ts'
import { wrongType, wrongValue } from './ground/errors.ts'
import type { SharedLimiter, SharedOptions } from './ground/store.ts'
import { readOptions, wholeNumber, type LimiterOptions, type Settings } from './ground/options.ts'
import type { Decision, Key, Limit, Limiter, LimiterEvent, Reason } from './ground/types.ts'
import { createWaitingRoom } from './waiting.ts'

/**
 * An exact token bucket per key, for one limit or for several that hold together (all or nothing): in memory, or in a store that many
 * processes share, and then the same verbs answer with promises. Throws on limits and options that make no sense; the verbs throw only
 * for a key or a cost that makes none.
 */
export function createLimiter(limits: Limit | readonly Limit[], options?: LimiterOptions): Limiter
export function createLimiter(limits: Limit | readonly Limit[], options: SharedOptions): SharedLimiter
export function createLimiter(limits: Limit | readonly Limit[], options: LimiterOptions | SharedOptions = {}): Limiter | SharedLimiter {
  const { store } = options
  if (store === undefined) return openLocal(compileLimits(limits), readOptions(options as LimiterOptions))
  if (typeof store?.open !== 'function') throw wrongType('createLimiter: store', 'a store, such as redisStore({ client })', store)
  return store.open(limits, options as SharedOptions)
}

function openLocal(given: readonly Bandwidth[], { clock, random, maxKeys, sharedBuckets, maxWaiting, maxIds, shadow }: Settings): Limiter {
  const hashKey = { k0: Math.floor(random() * 2 ** 32), k1: Math.floor(random() * 2 ** 32) }
  const mark = `\0${hashKey.k0.toString(36)}.${hashKey.k1.toString(36)}:`
  /** What is no short string begins with what nobody outside can know, so that no string can be taken for it. */
  const nameOf = (key: Key): string => (isShort(key) ? key : mark + shortText(key, hashKey))
  const time = startTime(clock.monotonic())
  const open = (bandwidths: readonly Bandwidth[]): Ledger => new Ledger(bandwidths, { maxKeys, sharedBuckets, hashKey, time })
  const listeners: Listeners<LimiterEvent> = new Set()
  const blocks = new Map<string, number>()
  const isNew = createCharges(maxIds)
  let ledger = open(given)
  let policies = given.map(toPolicy)
  let saturated = false
  let closed = false
  /** True while a take of a known key may go the short way. Whatever ends the quiet sets this to false; the long way finds out when it is back. */
  let quiet = given.length === 1 && !shadow

  const move = (readMs: number): void => {
    const byMs = advance(time, readMs, ledger.fullMs)
    if (byMs > 0) tell(listeners, { type: 'clock-back', byMs })
  }
  const tick = (): void => {
    const readMs = Math.floor(clock.monotonic())
    if (readMs !== time.readMs) move(readMs)
  }
  const refusal = (reason: Reason): Decision => verdict(reason, ledger.bandwidths[0]!, 0, Infinity)

  const underBlock = (name: string, decision: Decision): Decision => {
    const leftMs = (blocks.get(name) ?? 0) - time.nowMs
    if (leftMs > 0) return blocked(ledger.bandwidths, ledger.debts, decision, leftMs)
    blocks.delete(name)
    return decision
  }
  const report = (name: string, cost: number, decision: Decision): void => {
    const { size } = ledger
    const key = name.startsWith(mark) ? name.slice(mark.length) : name
    tell(listeners, { type: 'decision', key, cost, decision })
    if (size >= maxKeys && !saturated) tell(listeners, { type: 'saturated', size, maxKeys })
    saturated = size >= maxKeys
  }
  /** Decides behind those who wait, takes if `really`, and then tells the listeners. */
  const answer = (name: string, cost: number, ahead: number, really: boolean): Decision => {
    if (closed) return refusal('closed')
    tick()
    const slot = ledger.read(name)
    let decision = decide(ledger.bandwidths, ledger.debts, cost, ahead)
    if (blocks.size > 0) decision = underBlock(name, decision)
    if (decision.allowed) {
      if (really && cost > 0) ledger.write(name, slot, cost)
    } else if (shadow) decision = { ...decision, allowed: true, reason: 'shadow' }
    if (really && listeners.size > 0) report(name, cost, decision)
    return decision
  }
  const room = createWaitingRoom({ clock, maxWaiting, take: (name, cost) => answer(name, cost, 0, true), ask: (name, cost, ahead) => answer(name, cost, ahead, false) })

  /** One limit, and nobody blocked, waiting or listening. */
  const isQuiet = (): boolean => !closed && !shadow && policies.length === 1 && blocks.size + listeners.size + room.waiting === 0

  return {
    get policies() {
      return policies
    },
    get size() {
      return ledger.size
    },
    take(key, cost = 1) {
      const name = nameOf(key)
      if (cost !== 1) checkCost(cost)
      if (quiet) {
        tick()
        return ledger.takeOne(name, cost)
      }
      const ahead = room.ahead(name)
      quiet = isQuiet()
      return answer(name, cost, ahead, ahead === 0)
    },
    peek(key, cost = 1) {
      const name = nameOf(key)
      checkCost(cost)
      return answer(name, cost, room.ahead(name), false)
    },
    wait(key, options = {}) {
      quiet = false
      return room.wait(nameOf(key), checkCost(options.cost ?? 1), options)
    },
    give(key, cost = 1, { id } = {}) {
      const name = nameOf(key)
      checkCost(cost)
      if (closed || !isNew(name, id)) return
      tick()
      const slot = ledger.read(name)
      if (slot === -1) return
      const { bandwidths, debts } = ledger
      for (const [index, { weight }] of bandwidths.entries()) debts[index] = drained(debts[index]!, cost, weight)
      ledger.write(name, slot, 0)
      room.poke(name)
    },
    charge(key, cost, { id } = {}) {
      const name = nameOf(key)
      checkCost(cost)
      if (closed) return refusal('closed')
      tick()
      const slot = ledger.read(name)
      const { bandwidths, debts } = ledger
      const refused = overcharge(bandwidths, debts, cost)
      if (refused !== undefined) return refused
      if (isNew(name, id) && cost > 0) ledger.write(name, slot, cost)
      const decision = standing(bandwidths, debts)
      report(name, cost, decision)
      return decision
    },
    block(key, forMs) {
      const name = nameOf(key)
      wholeNumber('block: forMs', forMs, 0, Number.MAX_SAFE_INTEGER)
      tick()
      const { nowMs } = time
      if (blocks.size >= maxKeys) for (const [other, untilMs] of blocks) if (untilMs <= nowMs) blocks.delete(other)
      if (blocks.size >= maxKeys && !blocks.has(name)) return false
      blocks.set(name, nowMs + forMs)
      quiet = false
      room.poke(name)
      return true
    },
    reset(key) {
      const name = nameOf(key)
      ledger.forget(name)
      blocks.delete(name)
      room.poke(name)
    },
    change(limits, { held = 'used' } = {}) {
      const bandwidths = compileLimits(limits)
      if (!['used', 'share', 'reset'].includes(held)) throw wrongValue('change: held', "'used', 'share' or 'reset'", held)
      tick()
      const before = ledger
      ledger = open(bandwidths)
      if (held !== 'reset') inherit(before, ledger, held)
      policies = bandwidths.map(toPolicy)
      saturated = quiet = false
      tell(listeners, { type: 'changed', policies })
      room.pokeAll()
    },
    sweep() {
      tick()
      return ledger.sweep()
    },
    snapshot: () => ({ size: ledger.size, maxKeys, shared: ledger.shared, blocked: blocks.size, waiting: room.waiting }),
    onEvent(listener) {
      quiet = false
      return listen(listeners, listener)
    },
    [Symbol.dispose]() {
      closed = true
      quiet = false
      room.close(refusal('closed'))
      listeners.clear()
    },
  }
}
