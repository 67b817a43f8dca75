import type { Plan } from './core/plan.ts'
import { systemClock } from './ground/clock.ts'
import { WorldError } from './ground/errors.ts'
import { callable, fields, integer } from './ground/options.ts'
import { swarm } from './simulate/planner.ts'
import type { Planner } from './simulate/planner.ts'
import { SimulationFailed } from './simulate/report.ts'
import type { SimulationFailure, SimulationReport } from './simulate/report.ts'
import { runOnce } from './simulate/run.ts'
import type { Outcome, Scenario } from './simulate/run.ts'
import { shrink } from './simulate/shrink.ts'
import type { Case } from './simulate/shrink.ts'
import { namesOf } from './world.ts'

/** Options of {@link simulate}. */
export interface SimulateOptions<T> extends Scenario<T> {
  /** How many runs; for `aimed()`, the most. Default 100. */
  readonly seeds?: number
  /** The first seed, an integer. Default 1. */
  readonly seed?: number
  /** What goes wrong. Default `swarm()`. */
  readonly faults?: Planner
  /** Exactly these faults, in one run of `seed`: how a printed failure is replayed. */
  readonly plan?: Plan
  /** Labels that `sometimes` must have reached at least once in the campaign. */
  readonly sometimes?: readonly string[]
  /** Runs every seed twice and compares the traces. Default true. */
  readonly twice?: boolean
  /** Runs that shrinking a failure may take; 0 for none. Default 300. */
  readonly shrinkRuns?: number
  /** The line that tells a person how to replay. Default: the options to pass to `simulate`. */
  readonly replay?: (failure: Omit<SimulationFailure, 'replay'>) => string
}

const KNOWN = [
  'build', 'workload', 'invariant', 'invariantMs', 'progress', 'check', 'forMs', 'settleMs', 'nodes', 'start', 'network', 'clock', 'ambient',
  'seeds', 'seed', 'faults', 'plan', 'sometimes', 'twice', 'shrinkRuns', 'replay',
]

/**
 * Runs a system in many small deterministic worlds and breaks them: a swarm of faults, then healing, then progress is demanded.
 * Resolves with figures if everything held; rejects with {@link SimulationFailed}, which carries the smallest failing plan that
 * was found and the way to replay it. After FoundationDB's simulator and TigerBeetle's VOPR.
 */
export async function simulate<T>(options: SimulateOptions<T>): Promise<SimulationReport> {
  fields('options', options, KNOWN)
  callable('build', options.build)
  const { seeds = 100, seed = 1, plan, sometimes = [], twice = true, shrinkRuns = 300, replay = replayOptions } = options
  const planner = plan === undefined ? (options.faults ?? swarm()) : once(plan)
  integer('seeds', seeds, 1)
  integer('seed', seed, Number.MIN_SAFE_INTEGER)
  const nodes = namesOf(options.nodes ?? 3)
  const forMs = options.forMs ?? 60_000
  const tally = createTally()
  const began = systemClock.monotonic()

  async function attempt(given: Case, of: number): Promise<Outcome> {
    const scenario = { ...options, nodes: given.nodes, forMs: given.forMs }
    const outcome = await runOnce(scenario, of, given.plan)
    tally.add(outcome)
    if (outcome.failed || !twice) return outcome
    const again = await runOnce(scenario, of, given.plan)
    tally.add(again)
    if (again.hash === outcome.hash && again.events === outcome.events) return outcome
    const error = new WorldError('nondeterminism', 'world', `Expected seed ${of} to run the same twice, got traces ${outcome.hash} and ${again.hash}. Something is not decided by the seed: module state that outlives a run, or the real machine.`)
    return { ...again, failed: true, error }
  }

  async function fail(first: Outcome, of: number, whole: Case): Promise<never> {
    const kind = kindOf(first.error)
    let found = first
    const small = await shrink(whole, async (smaller) => {
      const outcome = await attempt(smaller, of)
      if (!outcome.failed || kindOf(outcome.error) !== kind) return false
      found = outcome
      return true
    }, plan === undefined ? shrinkRuns : 0)
    const failure = { seed: of, ...small, error: found.error, atMs: found.atMs, hash: found.hash, lines: found.lines, whole }
    throw new SimulationFailed({ ...failure, replay: replay(failure) }, tally.report(systemClock.monotonic() - began))
  }

  let last: Outcome | undefined
  for (let index = 0; index < seeds; index++) {
    const chosen = planner({ seed, index, nodes, forMs, last })
    if (chosen === undefined) break
    tally.seeds++
    const whole = { plan: chosen.plan, nodes, forMs }
    last = await attempt(whole, chosen.seed)
    if (last.failed) await fail(last, chosen.seed, whole)
  }

  const report = tally.report(systemClock.monotonic() - began)
  const unreached = sometimes.filter((label) => report.reached[label] === undefined)
  if (plan === undefined && unreached.length > 0) throw new SimulationFailed(undefined, report, unreached)
  return report
}

const once = (plan: Plan): Planner => ({ seed, index }) => (index === 0 ? { seed, plan } : undefined)

/** Shrinking must not slide from one bug to another: a case counts if it fails in the same way. */
function kindOf(error: unknown): string {
  if (!(error instanceof Error)) return typeof error
  const cause = error instanceof WorldError && error.code === 'uncaught' ? kindOf(error.cause) : ''
  return `${error.name} ${String((error as { code?: unknown }).code ?? '')} ${cause}`
}

function replayOptions({ seed, nodes, forMs, plan }: Case & { readonly seed: number }): string {
  return `simulate({ ...options, seed: ${seed}, nodes: ${JSON.stringify(nodes)}, forMs: ${forMs}, plan: ${JSON.stringify(plan)} })`
}

function createTally() {
  const faults = new Map<string, number>()
  const reached = new Map<string, number>()
  const messages = new Map<string, number>()
  const sum = (into: Map<string, number>, from: Iterable<readonly [string, number]>): void => {
    for (const [name, count] of from) into.set(name, (into.get(name) ?? 0) + count)
  }
  const total = { runs: 0, events: 0, virtualMs: 0 }
  let hash = ''
  return {
    seeds: 0,
    add(outcome: Outcome): void {
      total.runs++
      total.events += outcome.events
      total.virtualMs += outcome.virtualMs
      hash = outcome.hash
      sum(faults, outcome.struck)
      sum(reached, outcome.reached)
      sum(messages, Object.entries(outcome.messages))
    },
    report(wallMs: number): SimulationReport {
      return {
        seeds: this.seeds,
        ...total,
        wallMs,
        speed: total.virtualMs / Math.max(1, wallMs),
        eventsPerSecond: (total.events / Math.max(1, wallMs)) * 1000,
        faults: Object.fromEntries(faults),
        messages: Object.fromEntries(messages),
        reached: Object.fromEntries(reached),
        hash,
      }
    },
  }
}
