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
  return new Row(failures)
}

/** The rule and its window in one: a window that is started is an empty copy. */
class Row implements Rule, Window {
  readonly #limit: number
  #failures = 0

  constructor(limit: number) {
    this.#limit = limit
  }

  get name(): string {
    return `consecutive(${this.#limit})`
  }

  start(): Window {
    return new Row(this.#limit)
  }

  record(failed: boolean): boolean {
    this.#failures = failed ? this.#failures + 1 : 0
    return this.#failures >= this.#limit
  }

  describe(): string {
    return `${this.#failures} failures in a row`
  }
}
