// Promise: a check that does not hold says what was expected.

/** Throws unless it holds. */
export function must(holds: boolean, expected: () => string): asserts holds {
  if (!holds) throw new Error(`Expected ${expected()}`)
}
