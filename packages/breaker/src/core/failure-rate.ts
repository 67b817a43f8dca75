import { FAILURE_MIN, FAILURE_RATIO, SMALLEST_SHARE, WINDOW_MS, WINDOW_SLICES } from '../ground/defaults.ts'
import { count, duration, read, share } from '../ground/options.ts'
import type { Rule, Window } from './rule.ts'
import { TimeRing } from './time-ring.ts'

export interface FailureRateOptions {
  /** How far back is looked, milliseconds, 1 or more. Default 10 000. */
  readonly windowMs?: number
  /** Opens when at least this share of the calls in the window failed: above 0, at most 1. Default 0.5. */
  readonly ratio?: number
  /** Fewer calls than this in the window never open: 1 or more. Default 20; below 10 a single mishap weighs much. */
  readonly min?: number
  /** The window forgets in this many steps: 1 or more. Default 10. */
  readonly slices?: number
}

const shape = {
  windowMs: duration(WINDOW_MS, 1),
  ratio: share(FAILURE_RATIO, SMALLEST_SHARE),
  min: count(FAILURE_MIN),
  slices: count(WINDOW_SLICES),
}

/**
 * Opens when too large a share of the calls of the last `windowMs` failed. Only a failing call opens, and silence forgets:
 * what is older than the window never counts, however long nothing came.
 *
 * @throws RangeError or TypeError for options out of their range
 */
export function failureRate(options?: FailureRateOptions): Rule {
  const { windowMs, ratio, min, slices } = read('failureRate', options, shape)
  return new FailureRate(windowMs, slices, ratio, min)
}

class FailureRate implements Rule {
  readonly #windowMs: number
  readonly #slices: number
  readonly #ratio: number
  readonly #min: number

  constructor(windowMs: number, slices: number, ratio: number, min: number) {
    this.#windowMs = windowMs
    this.#slices = slices
    this.#ratio = ratio
    this.#min = min
  }

  get name(): string {
    return `failureRate(${this.#ratio} in ${this.#windowMs} ms)`
  }

  get clockReads(): 1 {
    return 1
  }

  start(): Window {
    return new Rate(this.#windowMs, this.#slices, this.#ratio, this.#min, 'failed')
  }
}

const CALLS = 0
const BAD = 1

/** The share of bad calls in a window of time; what "bad" means is the rule's business. */
export class Rate implements Window {
  readonly #ring: TimeRing
  readonly #ratio: number
  readonly #min: number
  readonly #verb: string

  constructor(windowMs: number, slices: number, ratio: number, min: number, verb: string) {
    this.#ring = new TimeRing(windowMs / slices, slices, 2)
    this.#ratio = ratio
    this.#min = min
    this.#verb = verb
  }

  record(bad: boolean, now: number): boolean {
    const ring = this.#ring
    ring.advance(now)
    ring.add(CALLS, 1)
    if (!bad) return false
    ring.add(BAD, 1)
    const calls = ring.total(CALLS)
    return calls >= this.#min && ring.total(BAD) >= this.#ratio * calls
  }

  describe(): string {
    return `${this.#ring.total(BAD)} of ${this.#ring.total(CALLS)} calls ${this.#verb}`
  }

  clear(): void {
    this.#ring.clear()
  }
}
