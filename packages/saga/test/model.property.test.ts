/**
 * Random sagas against a slow, obvious model: an interpreter that runs the same plan in one go, without a log, a crash or a retry.
 * Three ways of living: undisturbed, losing the lease after every commit (so that every step is reached by replay), and killed around chosen commits.
 */
import { NothingHappened, saga, type Engine, type SagaFailed, type Scope, type StepContext, type UndoContext } from '@distrokit/saga'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createTop, type Top } from './bench-top.ts'

interface Plan {
  readonly name: string
  readonly outcome: 'works' | 'fails' | 'nothing happened'
  /** Attempts that fail before the outcome. */
  readonly flaky: number
  readonly undo: 'none' | 'works' | 'flaky'
  readonly caught: boolean
  /** Runs side by side with the one before. */
  readonly beside: boolean
  readonly pivot: boolean
}

interface Fate {
  readonly value: string
  /** Keys of effects, in the order in which each was first made. */
  readonly done: readonly string[]
  readonly undone: readonly string[]
}

/** What must come of a plan, worked out with a loop and a list. */
function model(plans: readonly Plan[]): Fate {
  const done: string[] = []
  const started: { readonly ord: number; readonly plan: Plan }[] = []
  let failed = false
  for (let ord = 0; ord < plans.length && !failed; ord++) {
    const group = [plans[ord] as Plan]
    while (plans[ord + group.length]?.beside) group.push(plans[ord + group.length] as Plan)
    group.forEach((plan, index) => {
      started.push({ ord: ord + index, plan })
      if (plan.outcome !== 'nothing happened') done.push(`${ord + index}:do`)
      if (plan.outcome !== 'works' && !plan.caught) failed = true
    })
    ord += group.length - 1
  }
  // "Nothing happened" is believed of a step that was tried once.
  const owed = failed ? started.filter(({ plan }) => plan.undo !== 'none' && (plan.outcome !== 'nothing happened' || plan.flaky > 0)) : []
  return { value: failed ? 'compensated' : 'completed', done, undone: owed.reverse().map(({ ord }) => `${ord}:undo`) }
}

function definitionOf(top: Top) {
  const tries = new Map<string, number>()
  const attempt = (key: string): number => {
    const count = (tries.get(key) ?? 0) + 1
    tries.set(key, count)
    return count
  }
  return saga('plan', async ({ step }: Scope<readonly Plan[]>, plans: readonly Plan[]) => {
    const one = (plan: Plan): Promise<unknown> => {
      const act = ({ key }: StepContext): string => {
        if (attempt(key) <= plan.flaky) throw new Error('flaky')
        if (plan.outcome === 'nothing happened') throw new NothingHappened('no')
        top.effects.push(key)
        if (plan.outcome === 'fails') throw new Error('failed')
        return key
      }
      if (plan.pivot) return step.pivot(plan.name, act)
      const asked = step<string>(plan.name, {
        do: act,
        ...(plan.undo === 'none' ? {} : {
          undo: ({ key, output }: UndoContext<unknown, string>) => {
            if (plan.undo === 'flaky' && attempt(key) === 1) throw new Error('flaky')
            if (output !== undefined && output !== key.replace('undo', 'do')) throw new TypeError(`an undo was given ${String(output)}`)
            top.effects.push(key)
          },
        }),
        retry: { retries: plan.outcome === 'fails' ? 0 : 2, baseMs: 10 },
      })
      return plan.caught ? asked.catch(() => {}) : asked
    }
    for (let index = 0; index < plans.length; index++) {
      const group = [one(plans[index] as Plan)]
      while (plans[index + 1]?.beside) group.push(one(plans[++index] as Plan))
      await Promise.all(group)
    }
    return 'completed'
  })
}

async function fateOf(top: Top, result: Promise<unknown>): Promise<Fate> {
  const value = await top.until(result).catch((error: SagaFailed) => (error.stuck?.length === 0 ? 'compensated' : String(error)))
  const first = [...new Set(top.effects)].map((key) => key.slice(key.indexOf(':') + 1))
  return { value: value as string, done: first.filter((key) => key.endsWith('do') && !key.endsWith('undo')), undone: first.filter((key) => key.endsWith('undo')) }
}

const plans = fc.array(fc.record({
  outcome: fc.constantFrom('works', 'works', 'works', 'fails', 'nothing happened') as fc.Arbitrary<Plan['outcome']>,
  flaky: fc.constantFrom(0, 0, 1, 2),
  undo: fc.constantFrom('none', 'works', 'works', 'flaky') as fc.Arbitrary<Plan['undo']>,
  caught: fc.boolean(),
  beside: fc.boolean(),
  pivot: fc.constantFrom(false, false, false, false, true),
}), { minLength: 1, maxLength: 6 }).map((list) => {
  // From the first pivot on, all goes forward and works in the end.
  const pivot = list.findIndex((plan) => plan.pivot)
  return list.map((plan, index): Plan => {
    const forward = pivot >= 0 && index >= pivot
    return {
      ...plan, name: `step ${index}`, pivot: index === pivot, beside: index > 0 && plan.beside && !forward,
      ...(forward ? { outcome: 'works', undo: 'none' } : {}), flaky: !forward && plan.outcome === 'fails' ? 0 : plan.flaky,
    }
  })
})

/**
 * A crash may strike while siblings of a failed step are in flight: those are not run again, and are undone since nobody knows whether they happened.
 * For the same reason a step that nothing came of may be undone in a later life: another life may have tried it.
 */
function expectAllowed(fate: Fate, plan: readonly Plan[]): void {
  const exact = model(plan)
  const failing = plan.findIndex((each) => each.outcome !== 'works' && !each.caught)
  let from = failing
  while (from > 0 && plan[from]?.beside) from -= 1
  let to = from + 1
  while (plan[to]?.beside) to += 1
  const doubtful = (key: string): boolean => failing >= 0 && Number.parseInt(key, 10) >= from && Number.parseInt(key, 10) < to
  const sure = (keys: readonly string[]): string[] => keys.filter((key) => !doubtful(key))
  const needless = (key: string): boolean => key.endsWith('undo') && plan[Number.parseInt(key, 10)]?.outcome === 'nothing happened' && !exact.undone.includes(key)
  expect(fate.value).toBe(exact.value)
  expect(sure(fate.done).sort()).toEqual(sure(exact.done).sort())
  expect(sure(fate.undone).filter((key) => !needless(key))).toEqual(sure(exact.undone))
  expect(exact.done).toEqual(expect.arrayContaining([...fate.done]))
  expect(fate.undone).toEqual(expect.arrayContaining([...exact.undone]))
  // Whatever was undone, was undone last started first.
  const ords = fate.undone.map((key) => Number.parseInt(key, 10))
  expect(ords).toEqual([...ords].sort((a, b) => b - a))
}

/** More runs for a longer campaign: `SAGA_RUNS=100000 vitest run …`. */
const RUNS = Number(process.env['SAGA_RUNS'] ?? 300)
const PATIENCE_MS = 30_000 + RUNS * 20

/** Side by side, effects may come in any order; undos may not. */
const told = ({ value, done, undone }: Fate): Fate => ({ value, done: [...done].sort(), undone })

test('undisturbed, a saga does what the model does', async () => {
  await fc.assert(fc.asyncProperty(plans, async (plan) => {
    const top = createTop()
    const definition = definitionOf(top)
    const run = await top.until(top.engine({ sagas: [definition] }).start(definition, plan, { id: 'x' }))
    expect(told(await fateOf(top, run.result()))).toEqual(told(model(plan)))
    expect(new Set(top.effects).size).toBe(top.effects.length)
  }), { numRuns: RUNS })
}, PATIENCE_MS)

test('losing its lease after every commit, so that everything is replayed, it does the same', async () => {
  await fc.assert(fc.asyncProperty(plans, async (plan) => {
    const top = createTop()
    const definition = definitionOf(top)
    const options = { sagas: [definition], leaseMs: 1_000, pollMs: 100 }
    const watcher = top.engine({ ...options, sagas: [], owner: 'watcher' })
    let engine: ReturnType<Top['engine']>
    // Each life dies with its first commit after the one that started the saga; a lease later the next one takes over.
    const begin = (): void => {
      engine = top.engine({ ...options, owner: `life ${Math.random()}` })
      engine.life.plan = () => (queueMicrotask(begin), 'after')
    }
    engine = top.engine(options)
    await top.until(engine.start(definition, plan, { id: 'x' }).then(() => engine.life.kill()))
    begin()
    expectAllowed(await fateOf(top, watcher.result('x')), plan)
  }), { numRuns: Math.ceil(RUNS / 3) })
}, PATIENCE_MS)

test('killed around any commit, or robbed of any commit\'s answer, it does the same, and nothing is made twice that was not in flight', async () => {
  const deaths = fc.array(fc.record({ at: fc.nat(8), how: fc.constantFrom('before', 'after', 'lost') as fc.Arbitrary<'before' | 'after' | 'lost'> }), { maxLength: 4 })
  await fc.assert(fc.asyncProperty(plans, deaths, async (plan, fates) => {
    const top = createTop()
    const definition = definitionOf(top)
    const left = [...fates]
    let kills = 0
    let engine: Engine
    const begin = (): void => {
      const next = top.engine({ sagas: [definition], leaseMs: 1_000, pollMs: 100 })
      const fate = left.shift()
      let commits = 0
      next.life.plan = () => {
        if (fate === undefined || commits++ !== fate.at) return 'live'
        if (fate.how !== 'lost') {
          kills += 1
          queueMicrotask(begin)
        }
        return fate.how
      }
      engine = next
    }
    begin()
    // The caller asks again until it is told: with one id, that is one saga.
    const ask = async (): Promise<unknown> => {
      for (;;) {
        const life = engine
        const answered = life.start(definition, plan, { id: 'x' }).catch(() => undefined)
        const patience = new Promise<undefined>((resolve) => void top.world.clock.after(3_000, () => resolve(undefined)))
        if (await Promise.race([answered, patience])) break
      }
      const watcher = top.engine({ sagas: [], owner: 'watcher' })
      return watcher.result('x')
    }
    expectAllowed(await fateOf(top, ask()), plan)
    // A kill repeats at most what was running: no more than the widest group, or one undo.
    expect(top.effects.length - new Set(top.effects).size).toBeLessThanOrEqual(kills * 6)
  }), { numRuns: RUNS })
}, PATIENCE_MS)

test('killed around every commit in turn, a saga with a failing step ends in the same way each time', async () => {
  const plan: Plan[] = ['works', 'works', 'works', 'fails'].map((outcome, index) => ({
    name: `step ${index}`, outcome: outcome as Plan['outcome'], flaky: 0, undo: 'works', caught: false, beside: index === 2, pivot: false,
  }))
  for (const how of ['before', 'after'] as const) {
    for (let at = 0; ; at++) {
      const top = createTop()
      const definition = definitionOf(top)
      const first = top.engine({ sagas: [definition], leaseMs: 1_000 })
      let commits = 0
      first.life.plan = () => (commits++ === at ? how : 'live')
      let asked = first.start(definition, plan, { id: 'x' })
      void asked.catch(() => {})
      await top.world.pass(500)
      if (!first.life.dead) break
      const second = top.engine({ sagas: [definition] })
      asked = second.start(definition, plan, { id: 'x' })
      expectAllowed(await fateOf(top, asked.then((run) => run.result())), plan)
      expect(commits).toBe(at + 1)
      if (at > 50) throw new Error('the saga never ends')
    }
  }
})
