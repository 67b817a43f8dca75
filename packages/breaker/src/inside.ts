import type { Breaker, CircuitBreaker } from './breaker.ts'
import { check, expect } from './ground/options.ts'

/** The whole of a breaker, for the functions of this package that take one. Told by its shape, so that they do not bring the breaker along. */
export function inside(where: string, breaker: Breaker): CircuitBreaker {
  const good = (): boolean => 'moved' in Object(breaker)
  expect(where, 'breaker', breaker, check(breaker, 'a breaker that createBreaker made', good))
  return breaker as CircuitBreaker
}
