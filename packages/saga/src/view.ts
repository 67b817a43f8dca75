/** A saga as others see it. */
import { stackless, toError } from './core/failure.ts'
import { owes } from './core/next.ts'
import { replay, type State, type Step } from './core/state.ts'
import { SagaFailed } from './ground/errors.ts'
import type { Kind } from './ground/log.ts'
import type { Loaded, SagaRow } from './ground/store.ts'
import type { Codec, SagaState } from './ground/types.ts'

export interface StepView {
  readonly name: string
  readonly kind: Kind
  readonly phase: Step['phase']
  /** Present once it has one. */
  readonly output?: unknown
  readonly error?: Error
  /** When the wait ends or the next attempt is due, ms since 1970 by the store's clock. */
  readonly until?: number
  /** What a person wrote when settling it. */
  readonly note?: string
}

export interface SagaSummary {
  readonly id: string
  readonly name: string
  readonly state: SagaState
  /** ms since 1970 by the store's clock. */
  readonly createdAt: number
  readonly updatedAt: number
  readonly deadlineAt: number | undefined
  readonly owner: string | undefined
  readonly epoch: number
  readonly parent: string | undefined
}

export interface SagaView extends SagaSummary {
  /** Whether it is on its way to completion or back. */
  readonly direction: 'forward' | 'back'
  readonly input: unknown
  /** Present when completed. */
  readonly output?: unknown
  /** What turned it back, or what it is stuck at. */
  readonly error?: Error
  readonly steps: readonly StepView[]
  /** The names of the steps that somebody has to look at. */
  readonly stuck: readonly string[]
  readonly undone: readonly string[]
  /** What would still have to be undone. */
  readonly owed: readonly string[]
}

export function summarise(row: SagaRow): SagaSummary {
  const { id, name, state, createdAt, updatedAt, deadlineAt, owner, epoch, parent } = row
  return { id, name, state, createdAt, updatedAt, deadlineAt, owner, epoch, parent: parent?.id }
}

export function viewOf({ row, log }: Loaded, codec: Codec): SagaView {
  const state = replay(log)
  const failure = state.stuck?.error ?? state.cause
  return {
    ...summarise(row),
    direction: state.direction,
    input: codec.decode(row.input),
    ...(row.state === 'completed' && row.result !== undefined ? { output: codec.decode(row.result) } : {}),
    ...(failure === undefined ? {} : { error: toError(failure) }),
    steps: state.steps.map((step) => ({
      name: step.name, kind: step.type, phase: step.phase,
      ...(step.value === undefined ? {} : { output: codec.decode(step.value) }),
      ...(step.error === undefined ? {} : { error: toError(step.error) }),
      ...(step.until === undefined ? {} : { until: step.until }),
      ...(step.note === undefined ? {} : { note: step.note }),
    })),
    stuck: stuckAt(state),
    undone: state.steps.filter((step) => step.phase === 'undone').map((step) => step.name),
    owed: state.ended === undefined ? state.steps.filter((step) => owes(step, 'back')).map((step) => step.name) : [],
  }
}

/** How a saga stands, for those who wait for its result. */
export interface Outcome {
  readonly id: string
  readonly name: string
  readonly state: SagaState
  readonly result: string | undefined
  /** Its log, folded; asked for only when it did not complete. */
  folded(): State
}

/** What `result()` gives or throws, once there is something to say. */
export function outcomeOf({ id, name, state, result, folded }: Outcome, codec: Codec): { readonly value: unknown } | { readonly error: SagaFailed } | undefined {
  if (state === 'completed') return { value: codec.decode(result as string) }
  if (state !== 'compensated' && state !== 'stuck') return undefined
  const { cause, stuck, steps } = folded()
  const why = cause ?? stuck?.error
  // Steps are undone last started first, so that is the order in which to tell them.
  const undone = steps.filter((step) => step.phase === 'undone').map((step) => step.name).reverse()
  return { error: stackless(() => new SagaFailed({ saga: name, id, cause: why === undefined ? undefined : toError(why), undone, stuck: stuckAt(folded()) })) }
}

function stuckAt({ stuck, steps }: State): string[] {
  if (stuck === undefined) return []
  return [stuck.ord === undefined ? 'the saga itself' : (steps[stuck.ord] as Step).name]
}
