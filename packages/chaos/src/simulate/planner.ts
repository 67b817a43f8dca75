import { createRandom } from '../core/random.ts'
import { swarmPlan } from '../core/plan.ts'
import type { Plan, SwarmOptions } from '../core/plan.ts'
import type { Outcome } from './run.ts'

/** What a planner knows when it plans a run. */
export interface PlanRequest {
  /** The first seed of the campaign. */
  readonly seed: number
  /** 0 for the first run. */
  readonly index: number
  readonly nodes: readonly string[]
  readonly forMs: number
  /** What the run before showed. */
  readonly last: Outcome | undefined
}

/** Chooses the seed and the faults of each run; `undefined` ends the campaign. */
export type Planner = (request: PlanRequest) => { readonly seed: number; readonly plan: Plan } | undefined

/** A new seed for each run, each with a plan of its own in which some kinds of fault are wholly off. */
export function swarm(options: SwarmOptions = {}): Planner {
  return ({ seed, index, nodes, forMs }) => ({
    seed: seed + index,
    plan: swarmPlan(createRandom(seed + index).fork('plan'), nodes, forMs, options),
  })
}

/** How an aimed crash wakes. */
export interface AimedOptions {
  /** How long the node stays down, in milliseconds. Default 100. */
  readonly downMs?: number
  /** Step of its wall clock while it is down. Default 0. */
  readonly stepMs?: number
  /** The nodes to aim at. Default: all, one after the other. */
  readonly nodes?: readonly string[]
}

/**
 * The same seed again and again, with a crash at the first I/O operation of a node, then at the second, and so on until a run
 * has none left; then the next node. SQLite tests its I/O errors so. Bound it with `seeds`, the most runs.
 */
export function aimed(options: AimedOptions = {}): Planner {
  const { downMs = 100, stepMs = 0 } = options
  let target = 0
  let io = 0
  return ({ seed, index, nodes, last }) => {
    if (index === 0) [target, io] = [0, 0]
    const targets = options.nodes ?? nodes
    if (index > 0 && last !== undefined && !last.struck.has('crash-at-io')) {
      target++
      io = 0
    }
    const node = targets[target]
    if (node === undefined) return undefined
    io++
    return { seed, plan: [{ kind: 'crash-at-io', atMs: 0, forMs: downMs, node, io, amount: stepMs }] }
  }
}
