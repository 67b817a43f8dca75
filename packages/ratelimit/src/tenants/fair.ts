import * as defaults from '../ground/defaults.ts'
import { wrongType, wrongValue } from '../ground/errors.ts'
import { readClock, readNumbers } from '../ground/options.ts'
import { checkCost } from '../core/cost.ts'
import type { Clock, Decision, Key, WaitOptions } from '../ground/types.ts'

export interface FairQueueOptions {
  /** The limiter whose one bucket is shared, in memory or over a store. */
  readonly limiter: {
    take(key: Key, cost?: number): Decision | Promise<Decision>
    peek(key: Key, cost?: number): Decision | Promise<Decision>
  }
  /** The bucket. */
  readonly key: Key
  /** A tenant's weight, any number above 0: with twice the weight comes twice the share. Default 1 for all. */
  readonly weightOf?: ((tenant: string) => number) | undefined
  /** Waiters of all tenants; 1 to 100 000, default 1000. */
  readonly maxWaiting?: number | undefined
  readonly clock?: Clock | undefined
}

/** One limit, many tenants: while several wait, each gets its share; what one does not use, the others have at once. */
export interface FairQueue {
  /** Takes when the tenant's turn has come and the tokens are there; within a tenant first come, first served. */
  wait(tenant: string, options?: Omit<WaitOptions, 'maxWaitMs'>): Promise<Decision>
  readonly waiting: number
}

interface Turn {
  readonly tenant: string
  readonly cost: number
  /** When this turn would begin on a server that serves everybody at once, each by weight. */
  readonly begins: number
  settle(decision: Decision): void
}

/**
 * Start-time fair queueing (Goyal, Vin and Cheng, 1996): a request's tag is the later of virtual time and the end of its tenant's last one;
 * the lowest tag goes first. Over any time in which two tenants both wait, their shares differ from their weights by at most one request each.
 */
export function createFairQueue(options: FairQueueOptions): FairQueue {
  const { maxWaiting } = readNumbers('createFairQueue', options, { maxWaiting: [defaults.maxWaiting, 1, 100_000] }, ['limiter', 'key', 'weightOf', 'clock'])
  const clock = readClock('createFairQueue', options.clock, true) as Required<Clock>
  const { limiter, key, weightOf = () => 1 } = options
  if (typeof limiter?.take !== 'function') throw wrongType('createFairQueue: limiter', 'a limiter', limiter)
  const turns = new Set<Turn>()
  const ends = new Map<string, number>()
  let virtualTime = 0
  let serving = false
  let wake: (() => void) | undefined

  const next = (): Turn | undefined => {
    let first: Turn | undefined
    for (const turn of turns) if (first === undefined || turn.begins < first.begins) first = turn
    return first
  }
  const sleep = (ms: number): Promise<void> => {
    const { promise, resolve } = Promise.withResolvers<void>()
    const timer = clock.after(Math.max(1, ms), resolve)
    wake = () => {
      timer.cancel()
      resolve()
    }
    return promise
  }
  const serve = async (): Promise<void> => {
    if (serving) return
    serving = true
    for (let turn = next(); turn !== undefined; turn = next()) {
      const decision = await limiter.take(key, turn.cost)
      if (!decision.allowed && decision.retryAfterMs !== Infinity) {
        await sleep(decision.retryAfterMs)
        continue
      }
      // A turn that was left while the limiter answered has had its tokens; they are not worth taking the order apart for.
      virtualTime = Math.max(virtualTime, turn.begins)
      if (turns.delete(turn)) turn.settle(decision)
    }
    ends.clear()
    virtualTime = 0
    serving = false
  }
  return {
    get waiting() {
      return turns.size
    },
    async wait(tenant, { cost = 1, signal } = {}) {
      checkCost(cost)
      signal?.throwIfAborted()
      const weight = weightOf(tenant)
      if (!(weight > 0 && weight < Infinity)) throw wrongValue('createFairQueue: weightOf', 'a number above 0', weight)
      if (turns.size >= maxWaiting) return { ...(await limiter.peek(key, cost)), allowed: false, reason: 'queue' }
      const { promise, resolve, reject } = Promise.withResolvers<Decision>()
      const begins = Math.max(virtualTime, ends.get(tenant) ?? 0)
      ends.set(tenant, begins + Math.max(1, cost) / weight)
      const leave = (): void => {
        turns.delete(turn)
        reject(signal?.reason)
        wake?.()
      }
      const turn: Turn = {
        tenant,
        cost,
        begins,
        settle(decision) {
          signal?.removeEventListener('abort', leave)
          resolve(decision)
        },
      }
      signal?.addEventListener('abort', leave, { once: true })
      turns.add(turn)
      void serve()
      return promise
    },
  }
}
