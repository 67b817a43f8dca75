import { derive } from './context.ts'
import type { CallContext } from './context.ts'
import type { Clock } from './ground/clock.ts'
import type { Call } from './ground/types.ts'

/**
 * Counts what really runs. A call that a timeout or a lost hedge within gave up still uses its target, so its place is freed when it
 * ends, not when its caller stops listening; a call that never ends frees it after `lingerMs`.
 */
export class Places {
  taken = 0
  readonly #lingerMs: number
  readonly #clock: Pick<Clock, 'after'>
  readonly #handOver: () => boolean

  /** `handOver` gives a freed place directly to whoever waits, and says whether someone took it. */
  constructor(lingerMs: number, clock: Pick<Clock, 'after'>, handOver: () => boolean = () => false) {
    this.#lingerMs = lingerMs
    this.#clock = clock
    this.#handOver = handOver
  }

  take(): void {
    this.taken++
  }

  /** Runs the call in a place already taken. */
  async occupy<T>(call: Call<T>, outer: CallContext): Promise<T> {
    let holders = 1
    const leave = (): void => {
      if (--holders === 0 && !this.#handOver()) this.taken--
    }
    const linger = (work: PromiseLike<unknown>): void => {
      holders++
      let left = false
      const end = (): void => {
        if (left) return
        left = true
        timer.cancel()
        leave()
      }
      const timer = this.#clock.after(this.#lingerMs, end)
      work.then(end, end)
      outer.linger?.(work)
    }
    try {
      return await call(derive(outer, { linger }))
    } finally {
      leave()
    }
  }
}
