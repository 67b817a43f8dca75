import { wholeNumber } from '../ground/options.ts'
import type { Clock, WaitOptions } from '../ground/types.ts'

interface Waiter {
  readonly cost: number
  gone: boolean
  /** Told to ask again while it was asking. */
  poked: boolean
  wake(): void
}

/** What a line asks of an answer: whether its head is through, and if not, when to ask again. */
export interface Turn {
  readonly allowed: boolean
  readonly retryAfterMs: number
}

export interface LinesOptions<Answer extends Turn> {
  readonly clock: Required<Clock>
  readonly maxWaiting: number
  /** Takes, and gives back what came too late for a caller that `isGone`. */
  take(key: string, cost: number, isGone: () => boolean): Promise<Answer>
  /** What somebody would be told who came now, with `ahead` tokens promised to those in front. */
  ask(key: string, cost: number, ahead: number): Promise<Answer>
  /** The refusal for whoever finds too many waiting. */
  full(forecast: Answer): Answer
}

/** Lines of callers of this process in front of shared buckets: only the head of a line asks the store. First come, first served here; between processes the store is neutral. */
export class Lines<Answer extends Turn> {
  readonly #options: LinesOptions<Answer>
  readonly #lines = new Map<string, Set<Waiter>>()
  #waiting = 0
  #closed = false

  constructor(options: LinesOptions<Answer>) {
    this.#options = options
  }

  get waiting(): number {
    return this.#waiting
  }

  /** Tokens promised to those who wait for the key. */
  ahead(key: string): number {
    let cost = 0
    if (this.#waiting > 0) for (const waiter of this.#lines.get(key) ?? []) cost += waiter.cost
    return cost
  }

  async wait(key: string, cost: number, { signal, maxWaitMs }: WaitOptions): Promise<Answer> {
    if (maxWaitMs !== undefined && maxWaitMs !== Infinity) wholeNumber('wait: maxWaitMs', maxWaitMs, 0, Number.MAX_SAFE_INTEGER)
    signal?.throwIfAborted()
    const patience = Math.min(maxWaitMs ?? Infinity, Number.MAX_VALUE)
    const sinceMs = this.#options.clock.monotonic()
    const ahead = this.ahead(key)
    if (this.#waiting >= this.#options.maxWaiting) return this.#options.full(await this.#options.ask(key, cost, ahead))
    const waiter: Waiter = { cost, gone: false, poked: false, wake: () => undefined }
    const line = this.#lines.get(key) ?? new Set()
    this.#lines.set(key, line.add(waiter))
    this.#waiting += 1
    const leave = (): void => {
      waiter.gone = true
      waiter.wake()
    }
    signal?.addEventListener('abort', leave, { once: true })
    try {
      if (ahead > 0) {
        const forecast = await this.#options.ask(key, cost, ahead)
        if (!forecast.allowed && forecast.retryAfterMs > patience) return forecast
      }
      while (first(line) !== waiter && !waiter.gone && !this.#closed) await this.#sleep(waiter, undefined)
      for (;;) {
        signal?.throwIfAborted()
        waiter.poked = false
        const decision = await this.#options.take(key, cost, () => waiter.gone)
        signal?.throwIfAborted()
        const spentMs = this.#options.clock.monotonic() - sinceMs
        if (decision.allowed || this.#closed || spentMs + decision.retryAfterMs > patience) return decision
        await this.#sleep(waiter, decision.retryAfterMs)
      }
    } finally {
      signal?.removeEventListener('abort', leave)
      line.delete(waiter)
      this.#waiting -= 1
      if (line.size === 0) this.#lines.delete(key)
      else first(line)?.wake()
    }
  }

  /** Lets the head of a line ask again now. */
  poke(key: string): void {
    const line = this.#lines.get(key)
    const head = line === undefined ? undefined : first(line)
    if (head === undefined) return
    head.poked = true
    head.wake()
  }

  /** Wakes everybody, to be told that it is over. */
  close(): void {
    this.#closed = true
    for (const line of this.#lines.values()) for (const waiter of line) waiter.wake()
  }

  /** Until woken, or for `ms`. */
  async #sleep(waiter: Waiter, ms: number | undefined): Promise<void> {
    if (waiter.gone || waiter.poked || this.#closed) return
    const { promise, resolve } = Promise.withResolvers<void>()
    const timer = ms === undefined ? undefined : this.#options.clock.after(ms, resolve)
    waiter.wake = resolve
    await promise
    timer?.cancel()
    waiter.wake = () => undefined
  }
}

const first = (line: Set<Waiter>): Waiter | undefined => line.values().next().value
