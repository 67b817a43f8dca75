import { wholeNumber } from './ground/options.ts'
import type { Clock, Decision, WaitOptions } from './ground/types.ts'

interface Waiter {
  readonly cost: number
  settle(decision: Decision): void
}

/** Those who wait for one key, first come first served. Invariant: never empty while it is in the room, and one timer is set for its head. */
interface Line {
  readonly waiters: Set<Waiter>
  cost: number
  timer: { cancel(): void } | undefined
}

export interface WaitingRoomOptions {
  readonly clock: Clock
  readonly maxWaiting: number
  /** Takes for the head of a line, with nobody in front. */
  take(key: string, cost: number): Decision
  /** What somebody would be told who came now, with `ahead` tokens promised to those in front. */
  ask(key: string, cost: number, ahead: number): Decision
}

/** Lines of callers in front of buckets. A waiter holds no tokens, so one that leaves has nothing to give back: the line only moves up. */
export class WaitingRoom {
  readonly #options: WaitingRoomOptions
  readonly #lines = new Map<string, Line>()
  #waiting = 0

  constructor(options: WaitingRoomOptions) {
    this.#options = options
  }

  get waiting(): number {
    return this.#waiting
  }

  /** Tokens promised to those who wait for the key, once everybody who is due has been served (a timer may be late). */
  ahead(key: string): number {
    if (this.#waiting === 0) return 0
    this.#serve(key)
    return this.#lines.get(key)?.cost ?? 0
  }

  wait(key: string, cost: number, options: WaitOptions): Promise<Decision> {
    const { signal, maxWaitMs } = options
    if (maxWaitMs !== undefined && maxWaitMs !== Infinity) wholeNumber('wait: maxWaitMs', maxWaitMs, 0, Number.MAX_SAFE_INTEGER)
    if (typeof this.#options.clock.after !== 'function') throw new TypeError('wait: the clock given to the limiter has no after(ms, run).')
    if (signal?.aborted === true) return Promise.reject(signal.reason)
    this.poke(key)
    const line = this.#lines.get(key)
    const decision = line === undefined ? this.#options.take(key, cost) : this.#options.ask(key, cost, line.cost)
    if (decision.allowed || decision.retryAfterMs > Math.min(maxWaitMs ?? Infinity, Number.MAX_VALUE)) return Promise.resolve(decision)
    if (this.#waiting >= this.#options.maxWaiting) return Promise.resolve({ ...decision, reason: 'queue' })
    return this.#enqueue(key, cost, decision, signal)
  }

  /** Serves the key's line again, because its bucket changed other than by time. */
  poke(key: string): void {
    if (this.#waiting > 0) this.#serve(key)
  }

  pokeAll(): void {
    for (const key of Array.from(this.#lines.keys())) this.#serve(key)
  }

  /** Sends everybody home with this decision. */
  close(decision: Decision): void {
    for (const [key, line] of this.#lines) {
      line.timer?.cancel()
      this.#lines.delete(key)
      for (const waiter of line.waiters) waiter.settle(decision)
    }
    this.#waiting = 0
  }

  #enqueue(key: string, cost: number, decision: Decision, signal: AbortSignal | undefined): Promise<Decision> {
    const { promise, resolve, reject } = Promise.withResolvers<Decision>()
    let line = this.#lines.get(key)
    if (line === undefined) {
      line = { waiters: new Set(), cost: 0, timer: undefined }
      this.#lines.set(key, line)
      this.#arm(key, line, decision.retryAfterMs)
    }
    const leave = (): void => {
      this.#remove(line, waiter)
      reject(signal?.reason)
      this.#serve(key)
    }
    const waiter: Waiter = {
      cost,
      settle: (settled) => {
        signal?.removeEventListener('abort', leave)
        resolve(settled)
      },
    }
    signal?.addEventListener('abort', leave, { once: true })
    line.waiters.add(waiter)
    line.cost += cost
    this.#waiting += 1
    return promise
  }

  #remove(line: Line, waiter: Waiter): void {
    if (!line.waiters.delete(waiter)) return
    line.cost -= waiter.cost
    this.#waiting -= 1
  }

  #serve(key: string): void {
    const line = this.#lines.get(key)
    if (line === undefined) return
    line.timer?.cancel()
    for (const waiter of line.waiters) {
      const decision = this.#options.take(key, waiter.cost)
      if (!decision.allowed && decision.retryAfterMs !== Infinity) return this.#arm(key, line, decision.retryAfterMs)
      this.#remove(line, waiter)
      waiter.settle(decision)
    }
    this.#lines.delete(key)
  }

  /** A timer that fires early is harmless: the bucket is asked again. */
  #arm(key: string, line: Line, ms: number): void {
    line.timer = this.#options.clock.after?.(ms, () => this.#serve(key))
  }
}
