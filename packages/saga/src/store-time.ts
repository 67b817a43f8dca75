/**
 * What a process knows of the store's time. Between two answers it guesses, to set its timers; whether something is due, only the store's own word says.
 * An answer is on its way for a while, so the guess is counted from the question: it is never behind, and a wait that begins with it never too short.
 */
import type { Clock } from './ground/types.ts'

export interface StoreTime {
  /** The latest that it can be there now, or at a monotonic time, in ms. */
  latest(at?: number): number
  /** The store's time when it last told: by now it is at least that. -Infinity until it has. */
  readonly told: number
  /** The store answered `now` to a question asked at this monotonic time. */
  tell(now: number, askedAt: number): void
  /** Calls once the store has told its time again; asks it to. */
  whenTold(run: () => void): void
}

/** @param ask makes the store tell its time soon */
export function createStoreTime(clock: Clock, ask: () => void): StoreTime {
  let offset = clock.now() - clock.monotonic()
  let told = -Infinity
  const waiting: (() => void)[] = []
  return {
    latest: (at = clock.monotonic()) => at + offset,
    get told() {
      return told
    },
    tell(now, askedAt) {
      told = Math.max(told, now)
      offset = now - askedAt
      for (const run of waiting.splice(0)) run()
    },
    whenTold(run) {
      waiting.push(run)
      ask()
    },
  }
}
