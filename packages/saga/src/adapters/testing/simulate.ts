/**
 * Puts a saga of yours through what the world does to sagas: a crash around every commit, lost answers, effects whose outcome stays unknown,
 * effects that come late, undos and actions made twice, starts made twice. What differs from an undisturbed run is reported, with the step at fault.
 */
import { canonical } from '../../core/codec.ts'
import { createEngine, memoryStore, type Engine, type SagaDefinition, type SagaFailed } from '../../index.ts'
import { instrument, type Meddling, type Seen } from './instrument.ts'
import { createTimeline, type World } from './world.ts'

export interface Fixture<Input> {
  readonly definition: SagaDefinition<Input, unknown>
  readonly input: Input
  /** What the saga's services hold now, as plain data: it tells one fate from another. */
  state(): unknown
  /** Child sagas. */
  readonly sagas?: readonly SagaDefinition<never, unknown>[]
}

export type FindingKind =
  /** Made twice under one key, the action leaves something else than made once. */
  | 'action-not-idempotent'
  | 'undo-not-idempotent'
  /** The undo throws when it is not told the output, as after a crash. */
  | 'undo-needs-output'
  /** Undone, the world is not as it was before. */
  | 'undo-incomplete'
  /** The undo does not bear that the action never happened. */
  | 'undo-of-nothing'
  /** The action changes the world and has no undo, and is no pivot. */
  | 'no-undo'
  /** An action that takes effect after its undo leaves something behind: let the service remember the key. */
  | 'late-effect'
  /** A crash or a lost answer changed the outcome. */
  | 'crash'
  | 'duplicate-start'

export interface Finding {
  readonly kind: FindingKind
  readonly step: string | undefined
  readonly message: string
}

export interface SimulationReport {
  /** Lives of the saga that were tried. */
  readonly runs: number
  /** The steps of an undisturbed run, in order of start. */
  readonly steps: readonly string[]
  readonly findings: readonly Finding[]
}

interface Outcome {
  readonly how: string
  readonly before: string
  readonly state: string
  readonly seen: Seen
  readonly commits: number
  readonly error: Error | undefined
}

const ID = 'simulated'
const PATIENCE_MS = 24 * 3_600_000

/**
 * @param fixture makes a fresh saga and a fresh world of services for each run; `world.clock` is theirs, and the only time there is
 * @throws Error if the undisturbed saga never ends
 */
export async function simulate<Input>(fixture: (world: World) => Fixture<Input>): Promise<SimulationReport> {
  const findings = new Map<string, Finding>()
  let runs = 0
  const find = (kind: FindingKind, step: string | undefined, message: string): void => void findings.set(`${kind} ${step ?? message}`, { kind, step, message })
  const run = (meddling: Meddling, plan?: Plan): Promise<Outcome> => {
    runs += 1
    return live(fixture, meddling, plan)
  }

  const calm = await run({})
  const steps = calm.seen.steps.map(({ name }) => name)

  for (const how of ['before', 'after', 'lost'] as const) {
    for (let at = 0; at < calm.commits; at++) {
      const hit = await run({}, { at, how })
      if (hit.how === calm.how && hit.state === calm.state) continue
      find('crash', undefined, `with ${how === 'lost' ? 'the answer lost of' : `a crash ${how}`} commit ${at + 1} of ${calm.commits} the saga ${hit.how} and the world is ${hit.state}; undisturbed it ${calm.how} and the world is ${calm.state}`)
    }
  }
  const twice = await run({}, { at: -1, how: 'twice' })
  if (twice.state !== calm.state) find('duplicate-start', undefined, `started twice under one id the world is ${twice.state}, started once ${calm.state}`)

  for (const { name, undo, pivot, changed, done } of calm.seen.steps) {
    if (!done) continue
    const repeated = await run({ doTwice: name })
    if (repeated.state !== calm.state) find('action-not-idempotent', name, `the action of '${name}', made twice under one key, leaves ${repeated.state} instead of ${calm.state}; hand the key to the service`)
    if (pivot || calm.seen.steps.some((other) => other.pivot && other.ord < calm.seen.steps.findIndex((each) => each.name === name))) continue
    if (changed && !undo) find('no-undo', name, `'${name}' changes the world and has no undo: give it one, or make it a pivot`)
    if (!undo) continue
    const back = await run({ failAfter: name })
    const clean = !back.seen.steps.some((step) => step.changed && !step.undo)
    if (stuckAt(back, name)) {
      find('undo-needs-output', name, `the undo of '${name}' fails without the output: ${stuckBy(back)}. After a crash nobody knows the output; find the effect by key or input`)
      continue
    }
    if (clean && back.state !== back.before) find('undo-incomplete', name, `when '${name}' has happened but its outcome is not known, its undo leaves ${back.state}; it was ${back.before}`)
    const never = await run({ failBefore: name })
    if (stuckAt(never, name) || (clean && never.state !== never.before)) {
      find('undo-of-nothing', name, `when '${name}' never happened, its undo ${stuckAt(never, name) ? `fails: ${stuckBy(never)}` : `leaves ${never.state}; it was ${never.before}`}`)
    }
    const again = await run({ failAfter: name, undoTwice: name })
    if (again.state !== back.state || again.how !== back.how) find('undo-not-idempotent', name, `the undo of '${name}', made twice under one key, leaves ${again.state} instead of ${back.state}`)
    const late = await run({ late: name })
    if (clean && !stuckAt(late, name) && late.state !== late.before) find('late-effect', name, `'${name}' took effect after its undo and left ${late.state}; it was ${late.before}. Let the service remember the key of the undone action`)
  }
  return { runs, steps, findings: [...findings.values()] }
}

interface Plan {
  readonly at: number
  readonly how: 'before' | 'after' | 'lost' | 'twice'
}

async function live<Input>(fixture: (world: World) => Fixture<Input>, meddling: Meddling, plan: Plan | undefined): Promise<Outcome> {
  const world = createTimeline()
  const { definition, input, state, sagas = [] } = fixture(world)
  const { definition: watched, seen } = instrument(definition, meddling, world.clock, () => canonical(state()))
  const store = memoryStore({ clock: world.clock })
  const before = canonical(state())
  let commits = 0
  let engine = begin()

  function begin(): Engine {
    const process = world.life(store)
    process.plan = () => {
      if (plan === undefined || commits++ !== plan.at || plan.how === 'twice') return 'live'
      if (plan.how !== 'lost') queueMicrotask(() => void (engine = begin()))
      return plan.how
    }
    if (plan === undefined) process.plan = () => (commits++, 'live')
    return createEngine({
      sagas: [watched, ...sagas], store: process.store, clock: process.clock, random: () => (commits * 0.618_033_988_7) % 1, owner: 'simulated', undoRetry: { retries: 2 }, settleMs: 50,
    })
  }

  /** A caller that asks again until it is answered, as callers do. */
  async function ask(): Promise<unknown> {
    for (;;) {
      const started = engine.start(watched, input, { id: ID }).then(() => true, () => false)
      const tired = new Promise<false>((resolve) => void world.clock.after(30_000, () => resolve(false)))
      if (plan?.how === 'twice') void engine.start(watched, input, { id: ID }).catch(() => {})
      if (await Promise.race([started, tired])) break
    }
    const watcher = createEngine({ sagas: [], store, clock: world.clock, random: () => 0.25, owner: 'watcher' })
    return watcher.result(ID)
  }

  const end = await world.until(ask().then(() => undefined, (error: Error) => error), PATIENCE_MS)
  await world.pass(1_000)
  const failed = end as SagaFailed | undefined
  const how = failed === undefined ? 'completed' : failed.stuck?.length > 0 ? `is stuck at ${failed.stuck.join(', ')}` : failed.code === 'saga-failed' ? 'was undone' : `failed (${failed.message})`
  const view = await engine.get(ID).catch(() => undefined)
  return { how, before, state: canonical(state()), seen, commits, error: view?.error ?? end }
}

const stuckAt = (outcome: Outcome, step: string): boolean => outcome.how === `is stuck at ${step}`
const stuckBy = (outcome: Outcome): string => outcome.error?.message ?? outcome.how
