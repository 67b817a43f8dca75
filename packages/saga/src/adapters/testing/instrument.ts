/** A saga with somebody between it and its actions: sees what they change, and meddles with one of them. */
import type { Clock } from '../../ground/types.ts'
import type { Do, SagaDefinition, Scope, Step, StepOptions, Undo, UndoContext, UndoOptions } from '../../index.ts'

/** What to do to one step, by name. */
export interface Meddling {
  /** Its action runs twice under one key. */
  readonly doTwice?: string
  /** Its undo runs twice under one key. */
  readonly undoTwice?: string
  /** Its action takes effect, and then its outcome is lost. */
  readonly failAfter?: string
  /** Its action does not run, and nobody knows. */
  readonly failBefore?: string
  /** Its action takes effect after it timed out and was undone. */
  readonly late?: string
}

export interface SeenStep {
  readonly ord: number
  readonly name: string
  readonly undo: boolean
  readonly pivot: boolean
  /** Its action changed the world. */
  changed: boolean
  /** Its action succeeded. */
  done: boolean
}

export interface Seen {
  readonly steps: SeenStep[]
}

const LATE_MS = 400
const TIMEOUT_MS = 100

type Options = StepOptions<unknown> & UndoOptions<unknown, unknown>

export function instrument<Input>(definition: SagaDefinition<Input, unknown>, meddling: Meddling, clock: Clock, state: () => string): { readonly definition: SagaDefinition<Input, unknown>; readonly seen: Seen } {
  const seen: Seen = { steps: [] }

  function seenStep(name: string, undo: boolean, pivot: boolean): SeenStep {
    const known = seen.steps.find((step) => step.name === name)
    if (known !== undefined) return known
    const step = { ord: seen.steps.length, name, undo, pivot, changed: false, done: false }
    seen.steps.push(step)
    return step
  }

  function action(name: string, step: SeenStep, run: Do<unknown>): Do<unknown> {
    return async (context) => {
      if (meddling.failBefore === name) throw new Error('simulated: nobody knows whether it happened')
      if (meddling.late === name) await new Promise<void>((resolve) => void clock.after(LATE_MS, resolve))
      const before = state()
      let output = await run(context)
      if (meddling.doTwice === name) output = await run(context)
      step.changed ||= state() !== before
      step.done = true
      if (meddling.failAfter === name) throw new Error('simulated: nobody knows whether it happened')
      // A late success that is reported would be undone with its output; one that is not is what a crash leaves behind.
      if (meddling.late === name) throw new Error('simulated: too late')
      return output
    }
  }

  function undoing(name: string, undo: Undo<unknown, unknown>): Undo<unknown, unknown> {
    return async (context: UndoContext<unknown, unknown>) => {
      await undo(context)
      if (meddling.undoTwice === name) await undo(context)
    }
  }

  function meddled(name: string, given: Do<unknown> | Options, undo: Undo<unknown, unknown> | undefined, pivot: boolean): Options {
    const options: Options = typeof given === 'function' ? { do: given, ...(undo === undefined ? {} : { undo }) } : given
    const step = seenStep(name, options.undo !== undefined, pivot)
    return {
      ...options,
      do: action(name, step, options.do),
      ...(options.undo === undefined ? {} : { undo: undoing(name, options.undo) }),
      ...(meddling.late === name ? { timeoutMs: TIMEOUT_MS, retry: { retries: 0 } } : {}),
      ...(meddling.failAfter === name || meddling.failBefore === name ? { retry: { retries: 0 } } : {}),
    }
  }

  const run = (scope: Scope<unknown>, input: unknown): Promise<unknown> => {
    const step = Object.assign(
      (name: string, given: Do<unknown> | Options, undo?: Undo<unknown, unknown>) => scope.step(name, meddled(name, given, undo, false)),
      {
        tx: scope.step.tx.bind(scope.step),
        pivot: (name: string, given: Do<unknown> | Options, then?: never) => scope.step.pivot(name, meddled(name, given, undefined, true), then as never),
      },
    ) as unknown as Step<unknown>
    return (definition as unknown as SagaDefinition).run({ ...scope, step }, input)
  }
  return { definition: { ...definition, run: run as never }, seen }
}
