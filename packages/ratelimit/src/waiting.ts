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
export interface WaitingRoom {
  readonly waiting: number
  /** Tokens promised to those who wait for the key, once everybody who is due has been served (a timer may be late). */
  ahead(key: string): number
  wait(key: string, cost: number, options: WaitOptions): Promise<Decision>
  /** Serves the key's line again, because its bucket changed other than by time. */
  poke(key: string): void
  pokeAll(): void
  /** Sends everybody home with this decision. */
  close(decision: Decision): void
}

export function createWaitingRoom({ clock, maxWaiting, take, ask }: WaitingRoomOptions): WaitingRoom {
  const lines = new Map<string, Line>()
  let waiting = 0

  const serve = (key: string): void => {
    const line = lines.get(key)
    if (line === undefined) return
    line.timer?.cancel()
    for (const waiter of line.waiters) {
      const decision = take(key, waiter.cost)
      if (!decision.allowed && decision.retryAfterMs !== Infinity) return arm(key, line, decision.retryAfterMs)
      leave(line, waiter)
      waiter.settle(decision)
    }
    lines.delete(key)
  }
  /** A timer that fires early is harmless: the bucket is asked again. */
  const arm = (key: string, line: Line, ms: number): void => {
    line.timer = clock.after?.(ms, () => serve(key))
  }
  const leave = (line: Line, waiter: Waiter): void => {
    if (!line.waiters.delete(waiter)) return
    line.cost -= waiter.cost
    waiting -= 1
  }
  const enqueue = (key: string, cost: number, retryAfterMs: number, signal: AbortSignal | undefined): Promise<Decision> => {
    const { promise, resolve, reject } = Promise.withResolvers<Decision>()
    const line = lines.get(key) ?? { waiters: new Set(), cost: 0, timer: undefined }
    if (line.waiters.size === 0) {
      lines.set(key, line)
      arm(key, line, retryAfterMs)
    }
    const abort = (): void => {
      leave(line, waiter)
      reject(signal?.reason)
      serve(key)
    }
    const waiter: Waiter = {
      cost,
      settle(decision) {
        signal?.removeEventListener('abort', abort)
        resolve(decision)
      },
    }
    signal?.addEventListener('abort', abort, { once: true })
    line.waiters.add(waiter)
    line.cost += cost
    waiting += 1
    return promise
  }
  return {
    get waiting() {
      return waiting
    },
    ahead(key) {
      if (waiting === 0) return 0
      serve(key)
      return lines.get(key)?.cost ?? 0
    },
    wait(key, cost, { signal, maxWaitMs = Infinity }) {
      if (maxWaitMs !== Infinity) wholeNumber('wait: maxWaitMs', maxWaitMs, 0, Number.MAX_SAFE_INTEGER)
      if (typeof clock.after !== 'function') throw new TypeError('wait: the clock given to the limiter has no after(ms, run).')
      if (signal?.aborted === true) return Promise.reject(signal.reason)
      serve(key)
      const line = lines.get(key)
      const decision = line === undefined ? take(key, cost) : ask(key, cost, line.cost)
      const { allowed, retryAfterMs } = decision
      if (allowed || retryAfterMs === Infinity || retryAfterMs > maxWaitMs) return Promise.resolve(decision)
      return waiting < maxWaiting ? enqueue(key, cost, retryAfterMs, signal) : Promise.resolve({ ...decision, reason: 'queue' })
    },
    poke: serve,
    pokeAll() {
      for (const key of Array.from(lines.keys())) serve(key)
    },
    close(decision) {
      for (const line of lines.values()) {
        line.timer?.cancel()
        for (const waiter of line.waiters) waiter.settle(decision)
      }
      lines.clear()
      waiting = 0
    },
  }
}
