import { createLimiter } from '../limiter.ts'
import type { Decision, Limit } from '../ground/types.ts'
import type { Store } from '../ground/store.ts'
import { manualClock } from './clock.ts'
import { bigintModel, type Model } from './model.ts'

export interface DifferentialOptions {
  /** Makes the store under test, on this clock. Without it the limiter in memory is tested. */
  readonly store?: ((now: () => number) => Store) | undefined
  /** Random steps in all. Default 100 000. */
  readonly steps?: number | undefined
  readonly seed?: number | undefined
  /** Begins every key, so that runs do not meet. Default `differential`. */
  readonly prefix?: string | undefined
}

export interface DifferentialResult {
  readonly steps: number
  readonly admitted: number
  readonly refused: number
  /** Never longer than ten; empty when all answers were those of the model. */
  readonly differences: readonly { readonly step: string; readonly expected: unknown; readonly got: unknown }[]
}

/** Limits that bring out mistakes: coprime rates, bursts apart from the limit, seconds to days, large numbers, several at once. */
const limitSets: readonly (readonly Limit[])[] = [
  [{ limit: 3, perMs: 1000 }],
  [{ limit: 7, perMs: 1000, burst: 2 }],
  [{ limit: 100, perMs: 60_000, burst: 250 }],
  [{ limit: 997, perMs: 60_013 }],
  [{ limit: 1, perMs: 86_400_000, burst: 3 }],
  [{ limit: 1_000_000_000, perMs: 86_400_000 }],
  [{ limit: 999_999_999, perMs: 86_400_000, burst: 1_000_000 }],
  [{ limit: 5, perMs: 1000, name: 'short' }, { limit: 40, perMs: 60_000, name: 'long' }],
  [{ limit: 10, perMs: 70, name: 'a' }, { limit: 11, perMs: 77, burst: 30, name: 'b' }, { limit: 1000, perMs: 3_600_000, name: 'c' }],
  [{ limit: 30, perMs: 1, burst: 90 }],
]
const keysPerSet = 5
const stepsPerVisit = 10

/** A generator of our own, so that a seed means the same everywhere (mulberry32). */
function random(seed: number): (below: number) => number {
  let state = seed | 0
  return (below) => {
    state = (state + 0x6d2b79f5) | 0
    let word = Math.imul(state ^ (state >>> 15), 1 | state)
    word = (word + Math.imul(word ^ (word >>> 7), 61 | word)) ^ word
    return ((word ^ (word >>> 14)) >>> 0) % below
  }
}

interface Verbs {
  take(key: string, cost: number): Decision | Promise<Decision>
  peek(key: string, cost: number): Decision | Promise<Decision>
  charge(key: string, cost: number, options?: { id?: string }): Decision | Promise<Decision>
  give(key: string, cost: number, options?: { id?: string }): unknown
  block(key: string, forMs: number): unknown
  reset(key: string): unknown
}

/** Drives a limiter and a BigInt model through the same random steps and compares every decision, field by field. */
export async function compareWithModel(options: DifferentialOptions = {}): Promise<DifferentialResult> {
  const { steps = 100_000, seed = 1, prefix = 'differential', store } = options
  const pick = random(seed)
  const clock = manualClock(1_700_000_000_000)
  const opened = store?.(() => clock.monotonic())
  const open = (limits: readonly Limit[]): Verbs =>
    opened === undefined ? createLimiter(limits, { clock }) : createLimiter(limits, { clock, store: opened, timeoutMs: 60_000 })
  const subjects = limitSets.flatMap((limits, set) => {
    const limiter = open(limits)
    return Array.from({ length: keysPerSet }, (_, index) => ({ limiter, model: bigintModel(limits), key: `${prefix}:${set}:${index}`, ids: new Set<string>() }))
  })
  const differences: { step: string; expected: unknown; got: unknown }[] = []
  let done = 0
  let admitted = 0
  const compare = async (step: string, expected: Decision | undefined, got: unknown): Promise<void> => {
    const answer = await got
    done += 1
    if (expected === undefined) return
    if (expected.allowed) admitted += 1
    if (!same(expected, answer) && differences.length < 10) differences.push({ step, expected, got: answer })
  }
  const step = ({ limiter, model, key, ids }: { limiter: Verbs; model: Model; key: string; ids: Set<string> }): Promise<void> => {
    const now = clock.monotonic()
    const cost = [pick(4), pick(12), pick(300), pick(2_000_000)][pick(4)]!
    const id = pick(3) === 0 ? `id ${pick(6)}` : undefined
    const kind = pick(20)
    const name = `${key} at ${now}, kind ${kind}, cost ${cost}`
    const named = id === undefined ? {} : { id }
    if (kind < 12) return compare(name, model.take(now, cost), limiter.take(key, cost))
    if (kind < 15) return compare(name, model.peek(now, cost), limiter.peek(key, cost))
    const isNew = id === undefined || !ids.has(id)
    if (kind < 18 && id !== undefined) ids.add(id)
    if (kind === 15) return compare(name, model.charge(now, isNew ? cost : 0), limiter.charge(key, cost, named))
    if (kind < 18) {
      if (isNew) model.give(now, cost)
      return compare(name, undefined, limiter.give(key, cost, named))
    }
    if (kind === 18 && pick(3) === 0) {
      model.block(now, cost)
      return compare(name, undefined, limiter.block(key, cost))
    }
    if (pick(10) > 0) return compare(name, model.take(now, 1), limiter.take(key, 1))
    model.reset()
    return compare(name, undefined, limiter.reset(key))
  }
  const rounds = Math.ceil(steps / (subjects.length * stepsPerVisit))
  for (let round = 0; round < rounds; round += 1) {
    clock.advance([0, 1, pick(20), pick(2000), pick(10_000_000)][pick(5)]!)
    await Promise.all(subjects.flatMap((subject) => Array.from({ length: stepsPerVisit }, () => step(subject))))
  }
  return { steps: done, admitted, refused: done - admitted, differences }
}

const fields = ['allowed', 'reason', 'remaining', 'limit', 'retryAfterMs', 'resetAfterMs', 'policy'] as const

const same = (expected: Decision, got: unknown): boolean =>
  typeof got === 'object' && got !== null && Object.keys(got).length === fields.length && fields.every((field) => Object.is(expected[field], (got as Decision)[field]))
