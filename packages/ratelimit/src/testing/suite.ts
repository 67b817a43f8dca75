import type { Backend, Measure } from '../ground/store.ts'
import { defineStore } from '../shared/store.ts'
import { createLimiter } from '../limiter.ts'
import { compareWithModel } from './differential.ts'

export interface StoreCheck {
  /** A sentence of behaviour, to name a test with. */
  readonly name: string
  /** Rejects with what was expected and what came. */
  run(): Promise<void>
}

export interface StoreSuiteOptions {
  /** Opens the backend under test on this clock (wall milliseconds), with nothing in it or with the prefix of an earlier run out of the way. */
  readonly open: (now: () => number) => Backend | Promise<Backend>
  /** Random steps against the model; default 100 000. */
  readonly steps?: number | undefined
  readonly seed?: number | undefined
}

const perSecond: readonly Measure[] = [{ weight: 200, drain: 1, capacity: 1000 }]
/** JSON with the fields in order of their names. */
const text = (value: unknown): string =>
  JSON.stringify(value, (_name, field: unknown) => (typeof field === 'object' && field !== null && !Array.isArray(field) ? Object.fromEntries(Object.entries(field).sort()) : field))

const same = (what: string, got: unknown, expected: unknown): void => {
  if (text(got) !== text(expected)) throw new Error(`${what}: expected ${text(expected)}, got ${text(got)}`)
}

/** What every store must pass. The suite is the definition of the interface: `for (const { name, run } of storeSuite({ open })) it(name, run)`. */
export function storeSuite({ open, steps = 100_000, seed = 1 }: StoreSuiteOptions): readonly StoreCheck[] {
  let runs = 0
  const label = `${seed}-${steps}`
  const check = (name: string, body: (backend: Backend, clock: { ms: number }, key: string) => Promise<void>): StoreCheck => ({
    name,
    async run() {
      const clock = { ms: 1_800_000_000_000 }
      const backend = await open(() => clock.ms)
      runs += 1
      await body(backend, clock, `suite ${label} ${runs}`)
    },
  })
  const take = (count: number, cost = 1) => ({ verb: 'take', cost, count }) as const
  return [
    {
      name: `answers ${steps} random steps as a BigInt model does, decision by decision`,
      async run() {
        let backend: Backend | undefined
        let nowMs = (): number => 0
        backend = await open(() => nowMs())
        const ready = backend
        const store = (now: () => number) => {
          nowMs = now
          return defineStore(ready)
        }
        const { differences, steps: done } = await compareWithModel({ store, steps, seed, prefix: `differential ${label}` })
        same(`differences in ${done} steps`, differences, [])
      },
    },
    check('admits exactly what fits of requests that come at the same time', async (backend, _clock, key) => {
      const limiter = createLimiter({ limit: 100, perMs: 3_600_000 }, { store: defineStore(backend), timeoutMs: 60_000, recallMs: 0 })
      const direct = Array.from({ length: 300 }, () => backend.run(`${key} direct`, [{ weight: 36_000, drain: 1, capacity: 3_600_000 }], [take(1)]))
      const rooms = (await Promise.all(direct)).filter(({ debts }) => debts[0]! + 36_000 <= 3_600_000)
      same('admitted of 300 separate calls', rooms.length, 100)
      const decisions = await Promise.all(Array.from({ length: 2000 }, () => limiter.take(key)))
      same('admitted of 2000 takes', decisions.filter(({ allowed }) => allowed).length, 100)
    }),
    check('answers how the bucket stood before the calls, and applies them in order', async (backend, clock, key) => {
      same('a new key', await backend.run(key, perSecond, [take(2), { verb: 'give', cost: 1, count: 1 }, take(9)]), { debts: [0], blockedMs: 0, fresh: [] })
      clock.ms += 100
      same('later', await backend.run(key, perSecond, []), { debts: [900], blockedMs: 0, fresh: [] })
    }),
    check('applies a named charge or refund once', async (backend, _clock, key) => {
      const calls = [{ verb: 'charge', cost: 2, count: 1, id: 'a' }, { verb: 'give', cost: 1, count: 1, id: 'b' }] as const
      same('first', (await backend.run(key, perSecond, calls)).fresh, [true, true])
      same('again', await backend.run(key, perSecond, calls), { debts: [200], blockedMs: 0, fresh: [false, false] })
      same('after', (await backend.run(key, perSecond, [])).debts, [200])
    }),
    check('refuses while a key is blocked and forgets everything on reset', async (backend, clock, key) => {
      await backend.run(key, perSecond, [take(1), { verb: 'block', cost: 500, count: 1 }, take(1)])
      clock.ms += 100
      same('blocked', await backend.run(key, perSecond, []), { debts: [100], blockedMs: 400, fresh: [] })
      await backend.run(key, perSecond, [{ verb: 'reset', cost: 0, count: 1 }])
      same('reset', await backend.run(key, perSecond, []), { debts: [0], blockedMs: 0, fresh: [] })
    }),
    check('mints nothing when its clock flaps, and is not stuck when it goes back by an hour', async (backend, clock, key) => {
      await backend.run(key, perSecond, [take(5)])
      clock.ms -= 500
      same('half a second back', (await backend.run(key, perSecond, [])).debts, [1000])
      clock.ms += 600
      same('a tenth ahead', (await backend.run(key, perSecond, [])).debts, [900])
      clock.ms -= 3_600_000
      same('an hour back', (await backend.run(key, perSecond, [])).debts.length, 1)
      clock.ms += 1000
      same('and a second on', (await backend.run(key, perSecond, [])).debts, [0])
    }),
    check('keeps what was spent, in whole tokens, when the limits change', async (backend, _clock, key) => {
      await backend.run(key, perSecond, [take(3)])
      same('other weight', (await backend.run(key, [{ weight: 7, drain: 1, capacity: 70 }], [])).debts, [21])
      same('one more limit', (await backend.run(key, [...perSecond, { weight: 9, drain: 1, capacity: 90 }], [])).debts, [600, 0])
    }),
    check('keeps keys apart, whatever is in them', async (backend, _clock, key) => {
      const keys = ['', '{a}', 'a}', '{', '%', '%7B', '*', "'; drop table", '\u0000', '\ud800', '\ud801', 'é', 'e\u0301', 'x'.repeat(5000), `${'x'.repeat(5000)}y`].map((one) => `${key} ${one}`)
      for (const [index, one] of keys.entries()) await backend.run(one, perSecond, [take(1 + (index % 5))])
      for (const [index, one] of keys.entries()) same(JSON.stringify(one.slice(0, 60)), (await backend.run(one, perSecond, [])).debts, [200 * (1 + (index % 5))])
    }),
  ]
}
