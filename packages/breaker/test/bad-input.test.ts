// Every number that somebody can get wrong, in every noun: refused at the door, with the name of the option and what is good, and nothing begun.
import { afterAll, afterEach, describe, expect, it } from 'vitest'
import { adaptive, aimd, anyOf, bulkhead, compose, createBreaker, createBudget, explain, failureCount, failureRate, fallback, gradient, hedge, isolate, reset, restore, retry, slowRate, snapshot, throttle, timeout, trip, wrap } from '@distrokit/breaker'
import { createBalancer } from '@distrokit/breaker/balance'
import { createFetch } from '@distrokit/breaker/fetch'
import { createKeyed } from '@distrokit/breaker/keyed'
import { memoryStore, redisStore, share } from '@distrokit/breaker/shared'
import { manualClock } from '@distrokit/breaker/testing'
import { countingSignal, pending } from './world.ts'

type Options = Record<string, unknown>
interface Door {
  readonly name: string
  /** Options that bring the noun about, were it not for the bad one. */
  readonly good?: Options
  readonly numbers: readonly string[]
  /** Those whose only bound is that of numbers. */
  readonly boundless?: readonly string[]
  open(options: never): unknown
}

const clock = manualClock()
const doors: readonly Door[] = [
  { name: 'createBreaker', open: createBreaker, numbers: ['openMs', 'jitter', 'probes', 'tolerate', 'probeMs', 'rampMs'] },
  { name: 'failureCount', open: failureCount, good: { size: 10 }, numbers: ['size', 'ratio', 'min'] },
  { name: 'failureRate', open: failureRate, numbers: ['windowMs', 'ratio', 'min', 'slices'] },
  { name: 'slowRate', open: slowRate, good: { slowerThanMs: 1 }, numbers: ['slowerThanMs', 'windowMs', 'ratio', 'min', 'slices'] },
  { name: 'retry', open: retry, numbers: ['retries', 'baseMs', 'maxMs', 'retryAfterMaxMs', 'attemptMs'] },
  { name: 'createBudget', open: createBudget, numbers: ['ratio', 'reservePerSecond', 'windowMs'], boundless: ['ratio', 'reservePerSecond'] },
  { name: 'hedge', open: hedge, numbers: ['quantile', 'min', 'afterMs', 'hedges'] },
  { name: 'bulkhead', open: bulkhead, good: { limit: 1 }, numbers: ['limit', 'queue', 'waitMs', 'lingerMs'] },
  { name: 'adaptive', open: adaptive, numbers: ['windowMs', 'samples', 'lingerMs'] },
  { name: 'gradient', open: gradient, numbers: ['initial', 'min', 'max', 'tolerance', 'smoothing'], boundless: ['tolerance'] },
  { name: 'aimd', open: aimd, numbers: ['initial', 'min', 'max', 'decrease'] },
  { name: 'throttle', open: throttle, numbers: ['k', 'windowMs'], boundless: ['k'] },
  { name: 'createBalancer', open: createBalancer, good: { hosts: ['a'] }, numbers: ['failures', 'ejectMs', 'maxEjectMs', 'maxEjected', 'panic', 'intervalMs', 'minHosts', 'minCalls', 'tauMs', 'slowStartMs'] },
  { name: 'createKeyed', open: (options) => createKeyed(() => createBreaker(), options), numbers: ['max'] },
  { name: 'share', open: (options) => share(createBreaker(), options), good: { store: memoryStore(), clock }, numbers: ['quorum', 'intervalMs', 'leaseMs'] },
  { name: 'createFetch', open: createFetch, numbers: ['timeoutMs', 'attemptTimeoutMs', 'maxOrigins'] },
]

describe.each(doors)('$name', ({ name, good, numbers, boundless = [], open }) => {
  it.each(numbers)('%s: neither NaN nor below its range nor beyond it nor text nor null', (option) => {
    const bad = [NaN, -1, '5', null, true, Infinity, ...(boundless.includes(option) ? [] : [1e300])]
    for (const value of bad) {
      expect(() => open({ ...good, [option]: value } as never)).toThrow(new RegExp(`^${name}: ${option} must be .+; got ${String(value).replace('+', '\\+')}$`))
      expect(() => open({ ...good, [option]: value } as never)).toThrow(typeof value === 'number' ? RangeError : TypeError)
    }
    expect(clock.pending).toBe(0)
  })

  it('no option that it does not have', () => {
    expect(() => open({ ...good, limt: 5 } as never)).toThrow(new RegExp(`^${name}: unknown option "limt"; it takes `))
  })

  it('no text, number or function in place of the options', () => {
    for (const options of ['fast', 5, true, () => {}]) expect(() => open(options as never)).toThrow(/: options must be of type object; got /)
  })
})

describe('what is not there or is something else', () => {
  const cases: readonly (readonly [string, () => unknown, RegExp])[] = [
    ['no time to wait', () => timeout(undefined as never), /^timeout: ms must be a number from 1 to 2147483647; got undefined$/],
    ['a wait of nothing', () => timeout(0), /got 0$/],
    ['a wait that no timer can hold', () => timeout(1e12), /got 1000000000000$/],
    ['no limit', () => bulkhead({} as never), /^bulkhead: limit must be a whole number, 1 or more; got undefined$/],
    ['a limit that is no whole number', () => bulkhead({ limit: 1.5 }), /got 1.5$/],
    ['a smallest limit above the largest', () => aimd({ min: 10, max: 5 }), /^aimd: max must be a whole number, 10 or more; got 5$/],
    ['the same of the other', () => gradient({ min: 10, max: 5 }), /^gradient: max must be a whole number, 10 or more; got 5$/],
    ['nothing that stands in', () => fallback(undefined as never), /^fallback: needs a function that gives the answer/],
    ['no policy to compose', () => compose(retry(), undefined as never), /^compose: each policy must have a run method; got undefined$/],
    ['no policy to wrap with', () => wrap({} as never, () => 1), /^wrap: the policy must have a run method/],
    ['nothing to wrap', () => wrap(retry(), 5 as never), /^wrap: fn must be a function; got 5$/],
    ['no rule', () => anyOf(), /^anyOf: rules must be one rule or more/],
    ['an empty list of hosts', () => createBalancer({ hosts: [] }), /^createBalancer: needs at least one host/],
    ['hosts that nobody can hear of', () => createBalancer({ hosts: {} as never }), /hosts must be a list, or a discovery/],
    ['nothing that makes a breaker', () => createKeyed(undefined as never), /^createKeyed: needs a function that makes a breaker/],
    ['no store', () => share(createBreaker(), {} as never), /^share: store must have an exchange method/],
    ['no client', () => redisStore({} as never), /^redisStore: client must be a client of ioredis or node-redis/],
    ['a restored state that is none', () => restore(createBreaker(), { version: 2 } as never), /^restore: saved must be a snapshot of version 1/],
    ['a restored state with a wait that is no number', () => restore(createBreaker(), { version: 1, name: 'b', state: 'open', openings: 1, retryAfterMs: NaN, at: 0 }), /saved must be/],
    ['something else than a breaker', () => explain({ name: 'b' } as never), /^explain: breaker must be a breaker that createBreaker made; got /],
    ['no breaker to hold open', () => isolate(undefined as never), /^isolate: breaker must be .+; got undefined$/],
    ['no breaker to close', () => reset(undefined as never), /^reset: breaker must be /],
    ['no breaker to save', () => snapshot(5 as never), /^snapshot: breaker must be /],
    ['a wait of NaN for an opening by hand', () => trip(createBreaker(), 'by hand', NaN), /^trip: openMs must be .+; got NaN$/],
  ]
  it.each(cases)('%s', (_, build, message) => {
    expect(build).toThrow(message)
  })

  it('an opening by hand that was refused has changed nothing', () => {
    const breaker = createBreaker()
    expect(() => trip(breaker, 'by hand', -5)).toThrow(RangeError)
    expect(breaker.state).toBe('closed')
  })
})

describe('a call that goes on after its timeout', () => {
  const unhandled: unknown[] = []
  const onUnhandled = (reason: unknown): void => void unhandled.push(reason)
  process.on('unhandledRejection', onUnhandled)
  afterAll(() => void process.off('unhandledRejection', onUnhandled))
  afterEach(async () => {
    await new Promise<void>((resolve) => setImmediate(resolve))
    expect(unhandled).toEqual([])
  })

  it.each(['resolves', 'rejects', 'never settles'] as const)('and %s is heard by nobody, and leaves neither listener nor timer', async (how) => {
    const time = manualClock()
    const breaker = createBreaker({ clock: time })
    const places = bulkhead({ limit: 2, lingerMs: 3000, clock: time })
    const policy = compose(timeout(1000, { clock: time }), retry({ retries: 1, baseMs: 0, clock: time }), breaker, places, hedge({ afterMs: 100, clock: time }), timeout(300, { clock: time }))
    const { signal, listeners } = countingSignal()
    const deaf = pending()
    const told: string[] = []
    breaker.onEvent((event) => told.push(event.type === 'outcome' ? event.verdict : event.type))
    const ended = expect(policy.run(deaf.call, { signal })).rejects.toMatchObject({ code: 'timeout' })
    await time.advance(1000)
    await ended
    expect(listeners()).toBe(0)
    const before = told.length
    if (how === 'resolves') deaf.resolve('late')
    if (how === 'rejects') deaf.reject(new Error('late'))
    await time.advance(3000)
    expect(told).toHaveLength(before)
    expect([time.pending, listeners(), places.active]).toEqual([0, 0, 0])
    expect(await policy.run(() => 'the next one', { signal })).toBe('the next one')
  })
})
