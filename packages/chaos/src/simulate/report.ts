import type { Plan } from '../core/plan.ts'

/** Figures of a campaign. */
export interface SimulationReport {
  /** Seeds tried. */
  readonly seeds: number
  /** Worlds run, second runs and shrinking included. */
  readonly runs: number
  readonly events: number
  readonly virtualMs: number
  readonly wallMs: number
  /** Virtual milliseconds per real one. */
  readonly speed: number
  readonly eventsPerSecond: number
  /** How many faults struck, by kind. */
  readonly faults: Readonly<Record<string, number>>
  /** How many messages met which fate. */
  readonly messages: Readonly<Record<string, number>>
  /** How often each `sometimes` label was reached. */
  readonly reached: Readonly<Record<string, number>>
  /** Trace hash of the last run. */
  readonly hash: string
}

/** A failing run, made as small as it could be. */
export interface SimulationFailure {
  readonly seed: number
  readonly plan: Plan
  readonly nodes: readonly string[]
  readonly forMs: number
  /** What the run threw. */
  readonly error: unknown
  /** Virtual instant of the failure. */
  readonly atMs: number
  readonly hash: string
  /** The last lines of its trace. */
  readonly lines: readonly string[]
  /** The case as it first failed. */
  readonly whole: { readonly plan: Plan; readonly nodes: readonly string[]; readonly forMs: number }
  /** How to run it again. */
  readonly replay: string
}

/** A simulation found something: a run failed (`failed`), or a state that was declared was never reached (`unreached`). */
export class SimulationFailed extends Error {
  override readonly name: string = 'SimulationFailed'
  readonly code: 'failed' | 'unreached'
  readonly failure: SimulationFailure | undefined
  readonly report: SimulationReport
  readonly unreached: readonly string[]

  constructor(failure: SimulationFailure | undefined, report: SimulationReport, unreached: readonly string[] = []) {
    super(failure === undefined ? unreachedMessage(report, unreached) : failedMessage(failure), failure === undefined ? {} : { cause: failure.error })
    this.code = failure === undefined ? 'unreached' : 'failed'
    this.failure = failure
    this.report = report
    this.unreached = unreached
  }
}

function unreachedMessage({ seeds, runs }: SimulationReport, unreached: readonly string[]): string {
  return `Expected every declared state to be reached at least once in ${seeds} seeds (${runs} runs), but never saw: ${unreached.join(', ')}. Try more seeds, or faults that lead there.`
}

function failedMessage({ seed, plan, nodes, forMs, error, atMs, lines, whole, replay }: SimulationFailure): string {
  return [
    `Seed ${seed} failed after ${atMs.toFixed(1)} ms: ${error instanceof Error ? error.message : String(error)}`,
    `Shrunk from ${whole.plan.length} faults, ${whole.nodes.length} nodes and ${whole.forMs} ms to ${plan.length} faults, ${nodes.length} nodes and ${forMs} ms.`,
    ...plan.map((fault) => `  ${JSON.stringify(fault)}`),
    'The end of its trace:',
    ...lines.slice(-12),
    `Replay: ${replay}`,
  ].join('\n')
}
