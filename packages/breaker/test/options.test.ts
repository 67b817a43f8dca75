import { describe, expect, it } from 'vitest'
import { anyOf, bulkhead, consecutive, createBreaker, createBudget, failureCount, failureRate, retry, slowRate } from '@distrokit/breaker'

describe('wrong options are refused with what was expected and what came', () => {
  const cases: readonly (readonly [string, () => unknown, RegExp])[] = [
    ['a ratio above 1', () => failureRate({ ratio: 50 }), /ratio must be a number from 0.001 to 1; got 50/],
    ['a ratio of 0', () => failureRate({ ratio: 0 }), /got 0/],
    ['a ratio that is NaN', () => failureCount({ size: 10, ratio: NaN }), /got NaN/],
    ['a minimum of 0', () => failureRate({ min: 0 }), /min must be a whole number, 1 or more; got 0/],
    ['no size', () => failureCount({} as never), /size must be a whole number, 1 or more; got undefined/],
    ['a minimum above the size', () => failureCount({ size: 5, min: 6 }), /size must be a whole number, 6 or more; got 5/],
    ['no duration for slowness', () => slowRate({} as never), /slowerThanMs must be a number from 0 to 2147483647; got undefined/],
    ['a window of 0', () => failureRate({ windowMs: 0 }), /windowMs must be a number from 1 to/],
    ['0 failures in a row', () => consecutive(0), /consecutive: failures must be a whole number, 1 or more; got 0/],
    ['no failures in a row', () => consecutive(undefined as never), TypeError as never],
    ['a wait of 0', () => createBreaker({ openMs: 0 }), /openMs must be milliseconds from 1 on, or a function; got 0/],
    ['a wait that is too long for any timer', () => createBreaker({ openMs: 1e12 }), /got 1000000000000/],
    ['a wait in words', () => createBreaker({ openMs: '5s' as never }), /got 5s/],
    ['0 probes', () => createBreaker({ probes: 0 }), /probes must be/],
    ['a tolerance in percent', () => createBreaker({ tolerate: 20 }), /tolerate must be a number from 0 to 1; got 20/],
    ['a jitter below 0', () => createBreaker({ jitter: -0.1 }), /jitter must be/],
    ['no rules', () => anyOf(), /anyOf: rules must be one rule or more/],
    ['a rule that is none', () => createBreaker({ trip: 5 as never }), /trip must be a rule, such as consecutive\(5\), or anyOf\(…\) of several; got 5/],
    ['a list in place of a rule', () => createBreaker({ trip: [consecutive(1)] as never }), /trip must be a rule, .+ or anyOf/],
    ['a rule of several that is none', () => anyOf(consecutive(1), undefined as never), /rules must be one rule or more/],
    ['a judge that is no function', () => createBreaker({ judge: true as never }), /judge must be of type function; got true/],
    ['a name that is none', () => createBreaker({ name: 5 as never }), /name must be of type string; got 5/],
    ['a misspelt option', () => createBreaker({ openMS: 5 } as never), /createBreaker: unknown option "openMS"; it takes name, trip, openMs/],
    ['options that are none', () => createBreaker('fast' as never), /createBreaker: options must be of type object; got fast/],
    ['a budget below 0', () => createBudget({ ratio: -1 }), /ratio must be a number from 0 to/],
    ['an endless budget', () => createBudget({ reservePerSecond: Infinity }), /got Infinity/],
    ['a budget that is none', () => retry({ budget: 5 as never }), /budget must be of type object/],
    ['a limit in words', () => bulkhead({ limit: '10' as never }), /got 10/],
    ['a listener that is none', () => createBreaker().onEvent(undefined as never), /^onEvent: the listener must be of type function; got undefined$/],
  ]
  it.each(cases)('%s', (_, build, message) => {
    expect(build).toThrow(message)
  })

  it('null is not a default', () => {
    expect(() => createBreaker({ openMs: null as never })).toThrow(/got null/)
  })
})
