import type { Clock } from '../ground/types.ts'

const firstPauseMs = 100
const longestPauseMs = 2000

/**
 * When to leave a store alone. After a failure it is not asked for a pause that doubles up to two seconds; then one request is the probe,
 * and the others go on without the store until that has its answer. So a store that hangs costs one time-out a pause, not one a request.
 */
export class Probe {
  readonly #clock: Clock
  #pauseMs = 0
  #untilMs = 0
  #probing = false

  constructor(clock: Clock) {
    this.#clock = clock
  }

  get down(): boolean {
    return this.#pauseMs > 0
  }

  get retryAfterMs(): number {
    return Math.max(1, Math.ceil(this.#untilMs - this.#clock.monotonic()))
  }

  /** Whether this request may ask the store. */
  mayAsk(): boolean {
    if (this.#pauseMs === 0) return true
    if (this.#probing || this.#clock.monotonic() < this.#untilMs) return false
    this.#probing = true
    return true
  }

  /** True if the store went down with this failure. Failures of requests that were out at the same time count once. */
  failed(): boolean {
    const nowMs = this.#clock.monotonic()
    const fresh = this.#pauseMs === 0
    if (!fresh && !this.#probing) return false
    this.#pauseMs = fresh ? firstPauseMs : Math.min(longestPauseMs, this.#pauseMs * 2)
    this.#untilMs = nowMs + this.#pauseMs
    this.#probing = false
    return fresh
  }

  /** True if the store is back with this answer. */
  healed(): boolean {
    const back = this.#pauseMs > 0
    this.#pauseMs = 0
    this.#probing = false
    return back
  }
}
