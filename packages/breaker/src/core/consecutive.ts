import { count, expect } from '../ground/options.ts'
import type { Rule, Window } from './rule.ts'

/**
 * Opens after `failures` failing calls in a row. Needs no clock and one number of memory; right for a target that is either up or down.
 * Under concurrency "in a row" means in the order in which the calls end.
 *
 * @param failures - a whole number, 1 or more
 * @throws RangeError or TypeError for anything else
 */
export function consecutive(failures: number): Rule {
  expect('consecutive', 'failures', failures, count(0))
  return new Consecutive(failures)
}

class Consecutive implements Rule {
  readonly #failures: number

  constructor(failures: number) {
    this.#failures = failures
  }

  get name(): string {
    return `consecutive(${this.#failures})`
  }

  get clockReads(): 0 {
    return 0
  }

  start(): Window {
    return new Row(this.#failures)
  }
}

class Row implements Window {
  readonly #limit: number
  #failures = 0

  constructor(limit: number) {
    this.#limit = limit
  }

  record(failed: boolean): boolean {
    this.#failures = failed ? this.#failures + 1 : 0
    return this.#failures >= this.#limit
  }

  describe(): string {
    return `${this.#failures} failures in a row`
  }

  clear(): void {
    this.#failures = 0
  }
}
