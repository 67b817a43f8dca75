import { simulate, swarm } from '../../packages/chaos/src/index.ts'
import type { Plan, Planner, SimulateOptions, SimulationFailure, SimulationReport } from '../../packages/chaos/src/index.ts'
import type { Exploration } from '../../packages/chaos/src/adapters/testing.ts'

/** What a person may choose when starting a campaign. */
export interface Settings {
  readonly seeds: number
  readonly seed: number
  readonly plan?: Plan | undefined
  readonly nodes?: readonly string[] | undefined
  readonly forMs?: number | undefined
  /** Looking for a planted bug: no second runs, no shrinking, no demand to have seen every state. */
  readonly hunting?: boolean
}

/** One system in one kind of weather. */
export interface Campaign {
  /** `package/what`, as in `hlc/durable`. */
  readonly name: string
  run(settings: Settings): Promise<SimulationReport | Exploration>
}

/** Loads a source file of a package's public surface, such as `hlc/src/index.ts`; a mutant's loader gives it with its bug. */
export type Load = <Module>(path: string) => Promise<Module>

/** A campaign of simulated worlds. `share` scales the number of seeds for systems that are slow to run. */
export function simulated<T>(name: string, options: SimulateOptions<T>, { share = 1, faults = swarm() }: { share?: number; faults?: Planner } = {}): Campaign {
  return {
    name,
    run: ({ seeds, seed, plan, nodes, forMs, hunting = false }) =>
      simulate<T>({
        faults,
        ...options,
        seed,
        // A planted bug is looked for in every seed that was asked for.
        seeds: hunting ? seeds : Math.max(1, Math.round(seeds * share)),
        ...(plan && { plan }),
        ...(nodes && { nodes }),
        ...(forMs && { forMs }),
        // A handful of seeds cannot promise to have seen every state.
        sometimes: !hunting && (seeds >= 500 || seeds * share >= 100) ? (options.sometimes ?? []) : [],
        ...(hunting && { shrinkRuns: 0, twice: false }),
        replay: (failure) => replayCommand(name, failure),
      }),
  }
}

/** A campaign that tries every order instead of drawing some. */
export function exhaustive(name: string, run: () => Exploration): Campaign {
  return { name, run: async () => run() }
}

function replayCommand(name: string, { seed, nodes, forMs, plan }: Omit<SimulationFailure, 'replay'>): string {
  return `pnpm sim ${name} --seed ${seed} --nodes ${nodes.join(',')} --for ${forMs} --plan '${JSON.stringify(plan)}'`
}

/** Throws with what was expected unless it holds; the oracle's word, apart from any package's own. */
export function must(holds: boolean, expected: string | (() => string)): asserts holds {
  if (!holds) throw new Error(`Expected ${typeof expected === 'string' ? expected : expected()}`)
}
