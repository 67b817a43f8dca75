import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { memoryBackend, manualClock } from '../src/adapters/testing.ts'
import { defineStore, type Backend, type Call } from '../src/adapters/store.ts'
import { createLimiter, perHour, perMinute, perSecond, type SharedEvent, type SharedOptions } from '../src/index.ts'
import { worstExcess, type Admission } from './support/window.ts'

const hop = async (times = 20): Promise<void> => {
  for (let count = 0; count < times; count += 1) await Promise.resolve()
}

/** A store on a manual clock that counts what it is asked, and can be told to fail, to hang or to talk nonsense. */
function world(options: Omit<SharedOptions, 'store'> = {}, limits = [perMinute(60)]) {
  const clock = manualClock(1_000_000)
  const sound = memoryBackend({ now: () => clock.monotonic() })
  const asked: (readonly Call[])[] = []
  const state: { mood: 'sound' | 'fails' | 'throws' | 'hangs' | 'nonsense'; nonsense: unknown } = { mood: 'sound', nonsense: null }
  const backend: Backend = {
    run(key, measures, calls) {
      asked.push(calls)
      if (state.mood === 'fails') return Promise.reject(new Error('store is down'))
      if (state.mood === 'throws') throw new Error('store is broken')
      if (state.mood === 'hangs') return new Promise(() => undefined)
      if (state.mood === 'nonsense') return Promise.resolve(state.nonsense) as ReturnType<Backend['run']>
      return sound.run(key, measures, calls)
    },
  }
  const events: SharedEvent[] = []
  const open = (more: Omit<SharedOptions, 'store'> = {}) => {
    const limiter = createLimiter(limits, { store: defineStore(backend), clock, ...options, ...more })
    limiter.onEvent((event) => events.push(event))
    return limiter
  }
  return { clock, backend, asked, state, events, open, limiter: open() }
}

describe('coalescing', () => {
  it('asks once for all that comes in one tick, and answers each in order', async () => {
    const { limiter, asked } = world()
    const answers = await Promise.all([...Array.from({ length: 70 }, () => limiter.take('k')), limiter.take('k', 2), limiter.peek('k')])
    expect(asked).toEqual([[{ verb: 'take', cost: 1, count: 70, id: undefined }, { verb: 'take', cost: 2, count: 1, id: undefined }]])
    expect(answers.map(({ allowed }) => allowed)).toEqual([...Array.from({ length: 60 }, () => true), ...Array.from({ length: 12 }, () => false)])
    expect(answers.slice(0, 60).map(({ remaining }) => remaining)).toEqual(Array.from({ length: 60 }, (_, index) => 59 - index))
  })

  it('keeps one question per key on its way; what comes meanwhile goes together as the next', async () => {
    const { limiter, asked } = world()
    const first = limiter.take('k')
    await hop(1)
    const later = [limiter.take('k'), limiter.take('k'), limiter.take('other')]
    await Promise.all([first, ...later])
    expect(asked.map((calls) => calls[0]!.count).sort()).toEqual([1, 1, 2])
  })

  it('keeps the order of verbs on one key', async () => {
    const { limiter } = world()
    const [first, , , after] = await Promise.all([limiter.charge('k', 60), limiter.take('k'), limiter.reset('k'), limiter.take('k')])
    expect([first.remaining, after.remaining]).toEqual([0, 59])
  })
})

describe('recall', () => {
  it('repeats a refusal without asking, with the wait that is left, and asks again when it may have changed', async () => {
    const { limiter, asked, clock } = world()
    await limiter.take('k', 60)
    expect(await limiter.take('k')).toMatchObject({ allowed: false, retryAfterMs: 1000 })
    const before = asked.length
    clock.advance(400)
    expect(await limiter.take('k')).toMatchObject({ allowed: false, retryAfterMs: 600 })
    expect(asked.length).toBe(before)
    clock.advance(600)
    expect(await limiter.take('k')).toMatchObject({ allowed: true })
  })

  it('says nothing about other costs: a refusal of nine is none of one', async () => {
    const { limiter } = world()
    await limiter.take('k', 55)
    expect((await limiter.take('k', 9)).allowed).toBe(false)
    expect((await limiter.take('k', 1)).allowed).toBe(true)
  })

  it('sees a reset elsewhere within recallMs, and its own at once', async () => {
    const { limiter, open, clock } = world({}, [perHour(60)])
    const elsewhere = open()
    await limiter.take('k', 60)
    await limiter.take('k')
    await elsewhere.reset('k')
    expect((await limiter.take('k')).allowed).toBe(false)
    clock.advance(1001)
    expect((await limiter.take('k')).allowed).toBe(true)
    await limiter.charge('k', 100)
    await limiter.take('k')
    await limiter.give('k', 100)
    expect((await limiter.take('k')).allowed).toBe(true)
  })

  it('never refuses what the store would admit', async () => {
    const step = fc.record({ who: fc.integer({ min: 0, max: 1 }), cost: fc.integer({ min: 1, max: 8 }), pauseMs: fc.integer({ min: 0, max: 4000 }) })
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (plan) => {
        const { open, clock } = world({}, [perMinute(10), perSecond(8)])
        const limiters = [open(), open()]
        const all = open({ recallMs: 0 })
        for (const { who, cost, pauseMs } of plan) {
          clock.advance(pauseMs)
          const expected = await all.peek('k', cost)
          const got = await limiters[who]!.take('k', cost)
          if (got.allowed !== expected.allowed || got.retryAfterMs > expected.retryAfterMs) expect(got).toEqual(expected)
        }
      }),
      { numRuns: 30 },
    )
  })
})

describe('an outage', () => {
  const moods = ['fails', 'throws', 'nonsense'] as const

  it.each(moods)('by default grants this process its share when the store %s, and says so once', async (mood) => {
    const { limiter, state, events } = world({ replicas: 4 })
    state.mood = mood
    const answers = []
    for (let count = 0; count < 40; count += 1) answers.push(await limiter.take('k'))
    expect(answers.filter(({ allowed }) => allowed)).toHaveLength(15)
    expect(answers.at(-1)).toMatchObject({ allowed: false, reason: 'limit', limit: 15 })
    expect(events.filter(({ type }) => type === 'store-down')).toHaveLength(1)
    expect(limiter.snapshot().storeDown).toBe(true)
  })

  it('admits everything under the rule allow, and nothing under refuse, with reason store', async () => {
    const lenient = world({ outage: 'allow' })
    lenient.state.mood = 'fails'
    expect(await lenient.limiter.take('k', 50)).toMatchObject({ allowed: true, reason: 'store' })
    const strict = world({ outage: 'refuse' })
    strict.state.mood = 'fails'
    expect(await strict.limiter.take('k')).toMatchObject({ allowed: false, reason: 'store', retryAfterMs: 100 })
  })

  it('gives up on a store that hangs after timeoutMs, and then costs one probe a pause and no request a wait', async () => {
    const { limiter, state, clock, asked, events } = world({ outage: 'refuse' })
    state.mood = 'hangs'
    const hanging = [limiter.take('a'), limiter.take('b')]
    await hop()
    clock.advance(49)
    await hop()
    expect(limiter.snapshot().asking).toBe(2)
    clock.advance(1)
    for (const decision of await Promise.all(hanging)) expect(decision).toMatchObject({ allowed: false, reason: 'store' })
    for (let count = 0; count < 100; count += 1) expect((await limiter.take(`k${count}`)).reason).toBe('store')
    expect(asked).toHaveLength(2)
    clock.advance(100)
    const probe = limiter.take('probe')
    expect((await limiter.take('meanwhile')).reason).toBe('store')
    state.mood = 'sound'
    clock.advance(50)
    await probe
    clock.advance(200)
    expect(await limiter.take('k')).toMatchObject({ allowed: true, reason: 'ok' })
    expect(events.map(({ type }) => type).filter((type) => type.startsWith('store'))).toEqual(['store-down', 'store-up'])
  })

  it('starts the share of a key from what it is known to owe', async () => {
    const { limiter, state } = world({ replicas: 2 }, [perHour(60)])
    await limiter.take('spent', 60)
    await limiter.take('spent')
    state.mood = 'fails'
    await limiter.take('other')
    expect((await limiter.take('spent', 2)).allowed).toBe(false)
  })

  it('does not mint a share each time the store comes and goes', async () => {
    const { limiter, state, clock } = world({ replicas: 4 }, [perHour(60)])
    let admitted = 0
    for (let flap = 0; flap < 10; flap += 1) {
      state.mood = 'fails'
      for (let count = 0; count < 30; count += 1) if ((await limiter.take('k')).allowed) admitted += 1
      state.mood = 'sound'
      clock.advance(4000)
      await limiter.peek('k')
    }
    expect(admitted).toBeLessThanOrEqual(15 + 1)
  })

  it('never rejects and never throws: what could not be told is false', async () => {
    const { limiter, state } = world()
    state.mood = 'fails'
    expect(await Promise.all([limiter.give('k'), limiter.reset('k'), limiter.block('k', 5)])).toEqual([false, false, false])
    expect(await limiter.charge('k', 100)).toMatchObject({ allowed: true, remaining: 0 })
    expect(await limiter.peek('k')).toMatchObject({ allowed: false })
  })

  it.each([null, 7, 'ok', {}, { debts: [1] }, { debts: [-1], blockedMs: 0, fresh: [] }, { debts: [0.5], blockedMs: 0, fresh: [] }, { debts: [Number.NaN], blockedMs: 0, fresh: [] }, { debts: [0, 0], blockedMs: 0, fresh: [] }, { debts: ['0'], blockedMs: 0, fresh: [] }])(
    'takes %j for no answer',
    async (nonsense) => {
      const { limiter, state, events } = world({ outage: 'refuse' })
      state.mood = 'nonsense'
      state.nonsense = nonsense
      expect((await limiter.take('k')).reason).toBe('store')
      expect(events[0]).toMatchObject({ type: 'store-down' })
    },
  )
})

describe('leases', () => {
  const hot = async (limiter: ReturnType<ReturnType<typeof world>['open']>, times: number): Promise<number> => {
    let admitted = 0
    for (let count = 0; count < times; count += 1) if ((await limiter.take('k')).allowed) admitted += 1
    return admitted
  }

  it('serve a hot key without asking, and never admit one too many', async () => {
    const { limiter, asked, clock } = world({ lease: true }, [perHour(10_000)])
    let admitted = 0
    for (let ms = 0; ms < 100; ms += 1) {
      admitted += await hot(limiter, 300)
      clock.advance(1)
    }
    expect(admitted).toBeLessThanOrEqual(10_000)
    expect(admitted).toBeGreaterThan(9_900)
    expect(asked.length).toBeLessThan(1500)
  })

  it('in any mix of processes, costs and pauses keep to the bound of every window', async () => {
    const step = fc.record({ who: fc.integer({ min: 0, max: 2 }), times: fc.integer({ min: 1, max: 40 }), cost: fc.integer({ min: 1, max: 2 }), pauseMs: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 30 }), fc.integer({ min: 0, max: 3000 })) })
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (plan) => {
        const limit = perSecond(100, { burst: 150 })
        const { open, clock } = world({ lease: true }, [limit])
        const processes = [open(), open(), open()]
        const admitted: Admission[] = []
        for (const { who, times, cost, pauseMs } of plan) {
          clock.advance(pauseMs)
          await hop()
          for (let count = 0; count < times; count += 1) if ((await processes[who]!.take('k', cost)).allowed) admitted.push({ atMs: clock.monotonic(), cost })
        }
        expect(worstExcess(admitted, limit)).toBeLessThanOrEqual(0)
      }),
      { numRuns: 30 },
    )
  })

  it('report what they strand, and give it back when the key goes quiet or the limiter closes', async () => {
    const { limiter, open, clock } = world({ lease: true }, [perHour(10_000)])
    await hot(limiter, 50)
    clock.advance(1)
    await hot(limiter, 50)
    const { stranded } = limiter.snapshot()
    expect(stranded).toBeGreaterThan(20)
    const other = open({ lease: false })
    expect((await other.peek('k', 0)).remaining).toBe(10_000 - 100 - stranded)
    clock.advance(500)
    await hop()
    expect(limiter.snapshot().stranded).toBe(0)
    expect((await other.peek('k', 0)).remaining).toBeGreaterThan(10_000 - 101)
    await hot(limiter, 50)
    clock.advance(1)
    await hot(limiter, 50)
    await limiter.close()
    expect((await other.peek('k', 0)).remaining).toBeGreaterThan(10_000 - 202)
    expect(clock.pending).toBe(0)
  })
})

describe('wait over a store', () => {
  it('serves first come, first served, and leaves no timer', async () => {
    const { limiter, clock } = world({}, [perSecond(2)])
    await limiter.take('k', 2)
    const served: [number, number][] = []
    for (const cost of [2, 1, 1]) void limiter.wait('k', { cost }).then(() => served.push([cost, clock.monotonic() - 1_000_000]))
    for (let step = 0; step < 60; step += 1) {
      await hop(60)
      clock.advance(50)
    }
    expect(served.map(([cost]) => cost)).toEqual([2, 1, 1])
    expect(served.map(([, ms]) => ms)).toEqual([1000, 1500, 2000])
    expect([limiter.snapshot().waiting, clock.pending]).toEqual([0, 0])
  })

  it('counts a take behind a line that finds room for everybody in front', async () => {
    const { limiter, open } = world({}, [perHour(10)])
    await limiter.take('k', 10)
    void limiter.wait('k', { cost: 2 })
    await hop(60)
    await open().reset('k')
    let admitted = 0
    for (let count = 0; count < 20; count += 1) if ((await limiter.take('k')).allowed) admitted += 1
    expect(admitted).toBe(8)
    await limiter.close()
  })

  it('rejects with the reason of its signal and lets the next one move up', async () => {
    const { limiter, clock } = world({}, [perSecond(2)])
    await limiter.take('k', 2)
    const controller = new AbortController()
    const first = limiter.wait('k', { cost: 2, signal: controller.signal })
    const second = limiter.wait('k')
    await hop(60)
    controller.abort(new Error('left'))
    await expect(first).rejects.toThrow('left')
    await hop(60)
    clock.advance(500)
    expect(await second).toMatchObject({ allowed: true })
  })

  it('refuses what would wait too long or finds the queue full, and ends when the limiter closes', async () => {
    const { limiter } = world({ maxWaiting: 1 }, [perSecond(1)])
    await limiter.take('k')
    expect(await limiter.wait('k', { maxWaitMs: 999 })).toMatchObject({ allowed: false, retryAfterMs: 1000 })
    const waiting = limiter.wait('k')
    await hop(60)
    expect(await limiter.wait('k')).toMatchObject({ allowed: false, reason: 'queue', retryAfterMs: 2000 })
    await limiter.close()
    expect(await waiting).toMatchObject({ allowed: false })
    expect(await limiter.take('k')).toMatchObject({ allowed: false, reason: 'closed' })
  })
})

describe('closing', () => {
  it('ends the wait of all in a line, also while the store hangs, and leaves no timer', async () => {
    const { limiter, state, clock } = world({}, [perSecond(1)])
    await limiter.take('k')
    state.mood = 'hangs'
    const waiting = [limiter.wait('k'), limiter.wait('k'), limiter.wait('k')]
    await hop()
    await limiter.close()
    await hop()
    clock.advance(50)
    for (const decision of await Promise.all(waiting)) expect(decision).toMatchObject({ allowed: false, reason: 'closed' })
    expect([limiter.snapshot().waiting, limiter.snapshot().asking, clock.pending]).toEqual([0, 0, 0])
  })
})

describe('the rest', () => {
  it('admits in shadow mode what it would refuse', async () => {
    const { limiter } = world({ shadow: true }, [perHour(1)])
    await limiter.take('k')
    expect(await limiter.take('k')).toMatchObject({ allowed: true, reason: 'shadow' })
  })

  it('changes limits for what comes after, token for token', async () => {
    const { limiter } = world({}, [perMinute(10)])
    await limiter.take('k', 6)
    limiter.change(perMinute(20))
    expect(await limiter.peek('k', 0)).toMatchObject({ remaining: 14, limit: 20 })
  })

  it('refuses options and costs that make no sense, before the store is asked', async () => {
    const { asked, limiter, open } = world()
    await expect(limiter.take('k', -1)).rejects.toThrow(RangeError)
    await expect(limiter.take(undefined as never)).rejects.toThrow(TypeError)
    await expect(limiter.charge('k', 1, { id: '' })).rejects.toThrow('1 to 256')
    expect(() => createLimiter(perMinute(1), { store: {} as never })).toThrow('redisStore')
    for (const wrong of [{ timeoutMs: 0 }, { outage: 'open' }, { replicas: 0 }, { lease: 1 }, { clock: { monotonic: () => 0 } }, { patience: 3 }]) expect(() => open(wrong as object)).toThrow(/createLimiter/)
    expect(asked).toEqual([])
  })
})
