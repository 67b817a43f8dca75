// What the types must refuse, and what they must infer. The compiler is the one that fails here.
import { expect, expectTypeOf, it } from 'vitest'
import { adaptive, bulkhead, compose, consecutive, createBreaker, failureRate, fallback, hedge, retry, throttle, timeout, wrap } from '@distrokit/breaker'
import type { BreakerEvent, OpenError, Policy } from '@distrokit/breaker'

it('a composed policy gives what the call gives, plus what its fallbacks answer', () => {
  const plain = compose(retry(), createBreaker(), bulkhead({ limit: 1 }), hedge(), adaptive(), throttle(), timeout(1))
  expectTypeOf(plain).toEqualTypeOf<Policy>()
  expectTypeOf(compose(fallback(() => null), createBreaker())).toEqualTypeOf<Policy<null>>()
  expectTypeOf(compose(fallback(async () => 'none' as const), compose(fallback(() => 0 as const), retry()))).toEqualTypeOf<Policy<'none' | 0>>()
  expectTypeOf(compose(...([] as Policy[]))).toEqualTypeOf<Policy>()
  expectTypeOf(compose()).toEqualTypeOf<Policy>()
})

it('a wrapped function keeps its arguments, its this and its result', () => {
  const total = wrap(createBreaker(), (price: number, count: number) => price * count)
  expectTypeOf(total).parameters.toEqualTypeOf<[price: number, count: number]>()
  expectTypeOf(total(1, 2)).toEqualTypeOf<Promise<number>>()
  expectTypeOf(wrap(timeout(1), async () => 'text')()).toEqualTypeOf<Promise<string>>()
  expectTypeOf(wrap(fallback(() => null), async () => 'text')()).toEqualTypeOf<Promise<string | null>>()
  // @ts-expect-error two arguments are needed
  void total(1)
})

it('events and errors are told apart by their literals', () => {
  const read = (event: BreakerEvent): string => {
    if (event.type === 'transition') return event.to
    if (event.type === 'refused') return event.reason
    return event.verdict
  }
  expectTypeOf(read).returns.toBeString()
  expectTypeOf<OpenError['code']>().toEqualTypeOf<'open'>()
})

it('wrong use does not compile', () => {
  const never = (): void => {
    // @ts-expect-error the size is missing
    void bulkhead({})
    // @ts-expect-error no such option
    void createBreaker({ openMS: 5 })
    // @ts-expect-error a rule is not a number
    void createBreaker({ trip: 5 })
    // @ts-expect-error a share is a number
    void failureRate({ ratio: '50%' })
    // @ts-expect-error a policy is an object with run
    void compose(() => 1)
    // @ts-expect-error a signal is passed as an option
    void createBreaker().run(() => 1, new AbortController().signal)
    // @ts-expect-error a state cannot be set
    createBreaker().state = 'closed'
    // @ts-expect-error a rule needs its number
    void consecutive()
  }
  expect(never).toBeTypeOf('function')
})
