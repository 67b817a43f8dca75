/**
 * What a saga's function has asked for, by name, and the giving back of what the log already has.
 * Recorded outcomes are given in the order of the log, one at a time, so that a race between two promises has the same winner in every life.
 */
import { GATHER_HOPS } from './ground/defaults.ts'
import { StepNameError } from './ground/errors.ts'
import type { Kind } from './ground/log.ts'
import type { State, Step } from './core/state.ts'
import type { RetryOptions } from './ground/types.ts'
import type { Do, SagaDefinition, Undo } from './saga.ts'

/** A step's options, checked and filled. */
export interface Checked {
  readonly do: Do<unknown>
  readonly undo: Undo<unknown, unknown> | undefined
  readonly retry: Required<RetryOptions> | undefined
  readonly undoRetry: Required<RetryOptions> | undefined
  readonly timeoutMs: number | undefined
  readonly undoTimeoutMs: number | undefined
}

/** What the function wants done under a name. */
export interface Want {
  readonly type: Kind
  readonly name: string
  readonly options?: Checked
  readonly pivot?: boolean
  /** A sleep's length or a wait's bound. */
  readonly ms?: number | undefined
  readonly otherwise?: { readonly value: unknown }
  readonly child?: { readonly definition: SagaDefinition; readonly input: unknown }
  /** A lock that is refused rather than waited for. */
  readonly refuse?: boolean
}

export interface Ask extends Want {
  readonly promise: Promise<unknown>
  resolve(value: unknown): void
  reject(error: Error): void
}

export interface Asks {
  /** Every recorded name has been asked for and every recorded outcome has been given. */
  caughtUp(): boolean
  size(): number
  /** Grows with everything asked for and everything given. */
  progress(): number
  names(): readonly string[]
  /** Recorded names that nobody has asked for. */
  missing(): readonly string[]
  get(name: string): Ask | undefined
  /** Whether the log had this name when this life began. */
  recorded(name: string): boolean
  add(ask: Ask): void
  /** The step has an outcome now: gives it, after those that the log had before it. */
  settle(step: Step): void
}

const NOTHING: ReadonlyMap<string, Step> = new Map()

export function createAsks(state: State, give: (ask: Ask, step: Step) => void, mismatch: (ask: Ask, step: Step) => void, caughtUp: () => void): Asks {
  const asked = new Map<string, Ask>()
  const recorded = state.steps.length === 0 ? NOTHING : new Map(state.steps.map((step) => [step.name, step]))
  const outcomes = state.steps.filter((step) => step.settledAt !== undefined).sort((a, b) => (a.settledAt as number) - (b.settledAt as number))
  let unasked = recorded.size
  let given = 0
  let giving = false

  async function giveInOrder(): Promise<void> {
    if (giving) return
    giving = true
    for (let step = outcomes[given]; step !== undefined; step = outcomes[given]) {
      const ask = asked.get(step.name)
      if (ask === undefined) break
      given += 1
      give(ask, step)
      for (let hop = 0; hop < GATHER_HOPS; hop++) await undefined
    }
    giving = false
    if (unasked === 0 && given === outcomes.length) caughtUp()
  }

  return {
    caughtUp: () => unasked === 0 && given === outcomes.length && !giving,
    names: () => [...asked.keys()],
    missing: () => [...recorded.keys()].filter((name) => !asked.has(name)),
    progress: () => asked.size + given,
    size: () => asked.size,
    recorded: (name) => recorded.has(name),
    get: (name) => asked.get(name),
    add(ask) {
      asked.set(ask.name, ask)
      const step = recorded.get(ask.name)
      if (step === undefined) return
      if (step.type !== ask.type) return mismatch(ask, step)
      unasked -= 1
      void giveInOrder()
    },
    settle(step) {
      const ask = asked.get(step.name)
      if (ask !== undefined && unasked === 0 && given === outcomes.length && !giving) return give(ask, step)
      outcomes.push(step)
      void giveInOrder()
    },
  }
}

/** Why a name cannot be asked for, if it cannot. */
export function refusal({ name, options }: Want, asks: Asks, pivoted: boolean, maxSteps: number): StepNameError | undefined {
  if (typeof name !== 'string' || name === '') return new StepNameError(String(name), `expected a step's name as non-empty text, came ${String(name)}`)
  if (asks.get(name) !== undefined) {
    return new StepNameError(name, `step '${name}' was asked for twice; a name stands for one thing in a saga, so number them in a loop: \`${name} \${i}\``)
  }
  if (asks.size() >= maxSteps) {
    return new StepNameError(name, `step '${name}' would be number ${maxSteps + 1} of at most ${maxSteps}; split the saga into child sagas or raise maxSteps`)
  }
  // What the log has may have come before the pivot; only what is new comes after it for certain.
  if (pivoted && options?.undo !== undefined && !asks.recorded(name)) {
    return new StepNameError(name, `step '${name}' has an undo but comes after the pivot, from where there is no way back; leave the undo out`)
  }
  return undefined
}
