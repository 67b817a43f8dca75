// Calls that misbehave, under every policy: the outcome is the documented one, and nothing is left behind.
import { afterAll, afterEach, describe, expect, it, vi } from 'vitest'
import { adaptive, anyOf, bulkhead, compose, consecutive, createBreaker, explain, fallback, hedge, retry, throttle, timeout } from '@distrokit/breaker'
import type { Call, Policy, Rule } from '@distrokit/breaker'
import { createBalancer } from '@distrokit/breaker/balance'
import { createKeyed } from '@distrokit/breaker/keyed'
import { manualClock } from '@distrokit/breaker/testing'
import { countingSignal, pending } from './world.ts'

const unhandled: unknown[] = []
const onUnhandled = (reason: unknown): void => void unhandled.push(reason)
process.on('unhandledRejection', onUnhandled)
const macrotask = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

afterEach(async () => {
  vi.restoreAllMocks()
  await macrotask()
  expect(unhandled).toEqual([])
})
afterAll(() => void process.off('unhandledRejection', onUnhandled))

type Clock = ReturnType<typeof manualClock>
const policies: readonly (readonly [string, (clock: Clock) => Policy])[] = [
  ['breaker', (clock) => createBreaker({ trip: consecutive(1000), clock })],
  ['breaker that watches only', (clock) => createBreaker({ enforce: false, clock })],
  ['retry', (clock) => retry({ retries: 0, clock })],
  ['timeout', (clock) => timeout(1000, { clock })],
  ['bulkhead', (clock) => bulkhead({ limit: 10, queue: 10, clock })],
  ['hedge', (clock) => hedge({ afterMs: 500, clock })],
  ['adaptive', (clock) => adaptive({ clock })],
  ['throttle', (clock) => throttle({ clock, random: () => 0.999 })],
  ['fallback that answers nothing', () => fallback(() => undefined as never, { when: () => false })],
  ['keyed', (clock) => ({ run: (call, options) => createKeyed(() => createBreaker({ clock })).run('key', call, options) })],
  ['balancer', (clock) => ({ run: (call, options) => createBalancer({ hosts: ['a', 'b'], clock }).run((_, context) => call(context), options) })],
  ['all of them', (clock) => compose(fallback(() => undefined as never, { when: () => false }), retry({ retries: 0, clock }), throttle({ clock, random: () => 0.999 }),
    createBreaker({ clock }), bulkhead({ limit: 10, clock }), adaptive({ clock }), hedge({ afterMs: 500, clock }), timeout(1000, { clock }))],
]
const thenable = <T>(act: (resolve: (value: T) => void, reject: (error: unknown) => void) => void): PromiseLike<T> =>
  // A thenable is what is under test.
  // oxlint-disable-next-line unicorn/no-thenable
  ({ then: (resolve: never, reject: never) => act(resolve, reject) }) as PromiseLike<T>

describe.each(policies)('%s', (_, build) => {
  const run = async (call: Call<unknown>): Promise<unknown> => {
    const clock = manualClock()
    const { signal, listeners } = countingSignal()
    const outcome = await build(clock).run(call, { signal }).then((value) => ({ value }), (error: unknown) => ({ error }))
    expect([clock.pending, listeners()]).toEqual([0, 0])
    return outcome
  }

  it('hands through what a call throws at once, whatever it is', async () => {
    for (const thrown of [new Error('at once'), 'text', undefined, null, 0]) {
      expect(await run(() => { throw thrown })).toEqual({ error: thrown })
    }
  })

  it('takes thenables for promises, also those that settle twice, and those that throw', async () => {
    expect(await run(() => thenable((resolve) => resolve(1)))).toEqual({ value: 1 })
    expect(await run(() => thenable((_, reject) => reject('no')))).toEqual({ error: 'no' })
    expect(await run(() => thenable((resolve, reject) => { resolve('first'); reject('second'); resolve('third') }))).toEqual({ value: 'first' })
    expect(await run(() => thenable(() => { throw new Error('in then') }))).toEqual({ error: new Error('in then') })
  })

  it('hands values through that only look like nothing', async () => {
    for (const value of [undefined, null, false, 0, '']) expect(await run(() => value)).toEqual({ value })
  })

  it('leaves neither listener nor timer on the signal of a thousand calls', async () => {
    const clock = manualClock()
    const policy = build(clock)
    const { signal, listeners } = countingSignal()
    for (let i = 0; i < 1000; i++) await policy.run(i % 10 === 0 ? () => Promise.reject(new Error('down')) : () => i, { signal }).catch(() => {})
    expect([clock.pending, listeners()]).toEqual([0, 0])
  })

  it('makes no call for a caller who is gone, and gives the reason back as it is', async () => {
    let called = 0
    const reason = { any: 'value' }
    await expect(build(manualClock()).run(() => called++, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason)
    expect(called).toBe(0)
  })

  it('says what is wrong with a call that is none', async () => {
    for (const call of [undefined, null, 'text', {}]) await expect(build(manualClock()).run(call as never)).rejects.toThrow(TypeError)
  })

  it('disturbs no other caller when one never settles, or settles much too late', async () => {
    const clock = manualClock()
    const policy = build(clock)
    const late = pending()
    const stuck = policy.run(() => new Promise(() => {})).catch((error: unknown) => error)
    const slow = policy.run(late.call).catch((error: unknown) => error)
    for (let i = 0; i < 5; i++) expect(await policy.run(async () => i)).toBe(i)
    await clock.advance(5000)
    late.reject(new Error('much too late'))
    await slow
    await macrotask()
    expect(await policy.run(async () => 'well')).toBe('well')
    void stuck
  })
})

describe('predicates that throw', () => {
  it('have no opinion, and are told about', async () => {
    const log = vi.spyOn(console, 'error').mockImplementation(() => {})
    const judge = (): never => {
      throw new Error('bug in the judge')
    }
    const clock = manualClock()
    const breaker = createBreaker({ trip: consecutive(1), judge, clock })
    expect(await breaker.run(() => 'fine')).toBe('fine')
    await expect(breaker.run(() => Promise.reject(new Error('down')))).rejects.toThrow('down')
    expect(breaker.state).toBe('open')
    for (const policy of [retry({ retries: 0, judge, clock }), throttle({ judge, clock }), adaptive({ judge, clock }), hedge({ judge, clock })]) {
      expect(await policy.run(() => 'fine')).toBe('fine')
    }
    expect(log).toHaveBeenCalledTimes(6)
  })

  it('go to reportError where there is one', async () => {
    const reported: unknown[] = []
    vi.stubGlobal('reportError', (error: unknown) => reported.push(error))
    const breaker = createBreaker()
    breaker.onEvent(() => { throw new Error('in a listener') })
    await breaker.run(() => 1)
    vi.unstubAllGlobals()
    expect(reported).toEqual([new Error('in a listener')])
  })
})

describe('a rule of somebody else', () => {
  const everyThird = (act: () => void): Rule => ({
    clockReads: 0,
    start() {
      let calls = 0
      return { name: 'every third', record: () => (act(), ++calls % 3 === 0), describe: () => `${calls} calls` }
    },
  })

  it('opens when it says so, with its name and its words', async () => {
    const breaker = createBreaker({ trip: everyThird(() => {}) })
    for (let i = 0; i < 3; i++) await breaker.run(() => i)
    expect(explain(breaker)).toMatchObject({ state: 'open', rule: 'every third', reason: '3 calls' })
  })

  it('that throws where it is to begin anew is told of, and keeps its breaker neither from opening nor from closing', async () => {
    const log = vi.spyOn(console, 'error').mockImplementation(() => {})
    const clock = manualClock()
    const rule = everyThird(() => {})
    let begun = 0
    const breaker = createBreaker({ trip: { start: () => { if (begun++ > 0) throw new Error('bug'); return rule.start() } }, openMs: 1000, jitter: 0, clock })
    for (let i = 0; i < 3; i++) await breaker.run(() => i)
    expect(breaker.state).toBe('open')
    await clock.advance(1000)
    expect(await breaker.run(() => 'well')).toBe('well')
    expect(breaker.state).toBe('closed')
    expect(log).toHaveBeenCalledTimes(2)
  })

  it('that throws changes no outcome, and keeps no other rule from opening', async () => {
    const log = vi.spyOn(console, 'error').mockImplementation(() => {})
    const breaker = createBreaker({ trip: anyOf(everyThird(() => { throw new Error('bug') }), consecutive(3)) })
    expect(await breaker.run(() => 'well')).toBe('well')
    await expect(breaker.run(() => Promise.reject(new Error('down')))).rejects.toThrow('down')
    expect(log).toHaveBeenCalledTimes(2)
    for (let i = 0; i < 2; i++) await breaker.run(() => Promise.reject(new Error('down'))).catch(() => {})
    expect(explain(breaker)).toMatchObject({ state: 'open', rule: 'consecutive(3)' })
  })
})

describe('listeners that throw', () => {
  it('change no outcome, in any policy that has them', async () => {
    vi.spyOn(console, 'error').mockImplementation(() => {})
    const clock = manualClock()
    const bad = (): never => {
      throw new Error('listener')
    }
    const again = retry({ retries: 1, baseMs: 0, clock })
    again.onEvent(bad)
    const running = again.run(({ attempt }) => (attempt === 1 ? Promise.reject(new Error('down')) : 'well'))
    await clock.advance(0)
    expect(await running).toBe('well')
    const hedged = hedge({ afterMs: 10, clock })
    hedged.onEvent(bad)
    const hedging = hedged.run(({ attempt }) => (attempt === 1 ? new Promise(() => {}) : 'fast'))
    await clock.advance(10)
    expect(await hedging).toBe('fast')
    const balancer = createBalancer({ hosts: ['a'], failures: 1, clock })
    balancer.onEvent(bad)
    await expect(balancer.run(() => Promise.reject(new Error('down')))).rejects.toThrow('down')
  })
})
