/** The verbs that a saga's function is given: each checks its arguments and asks its run. */
import type { Checked, Want } from './asks.ts'
import { encodeBounded } from './core/payload.ts'
import { STEP_RETRY, UNDO_RETRY } from './ground/defaults.ts'
import { known, number, retryOptions } from './ground/options.ts'
import type { Codec } from './ground/types.ts'
import type { Do, ForwardStep, Scope, Step, StepOptions, Undo, UndoOptions } from './saga.ts'

export interface ScopeEnv {
  readonly id: string
  readonly codec: Codec
  readonly maxPayloadBytes: number
  ask(want: Want): Promise<unknown>
}

type Given = Do<unknown> | (StepOptions<unknown> & UndoOptions<unknown, unknown>)

export function createScope({ id, ask, codec, maxPayloadBytes }: ScopeEnv): Scope<unknown> {
  // A wrong argument is a rejection, so that it turns the saga back like any other mistake of its function.
  const step = async (name: string, given: Given, undo?: Undo<unknown, unknown>): Promise<unknown> => ask({ type: 'step', name, options: check(name, given, undo) })
  const pivot = async (name: string, given: Given, then?: (scope: { step: ForwardStep; output: unknown }) => Promise<unknown>): Promise<unknown> => {
    const options = check(name, given, undefined)
    if (options.undo !== undefined) throw new TypeError(`pivot '${name}': expected no undo, from here there is no way back; make it a step or leave the undo out`)
    const output = await ask({ type: 'step', name, options, pivot: true })
    return then === undefined ? output : then({ step: step as ForwardStep, output })
  }
  return {
    id,
    step: Object.assign(step, { pivot }) as unknown as Step<unknown>,
    async sleep(name, ms) {
      await ask({ type: 'sleep', name, ms: number(`sleep '${name}' ms`, ms, 0, 0, Number.MAX_SAFE_INTEGER / 2) })
    },
    async signal(name, options = {}) {
      known(`signal '${name}'`, options, ['timeoutMs', 'otherwise'])
      const ms = options.timeoutMs === undefined ? undefined : number(`signal '${name}' timeoutMs`, options.timeoutMs, 0, 0, Number.MAX_SAFE_INTEGER / 2)
      if (!('otherwise' in options)) return ask({ type: 'signal', name, ms }) as never
      encodeBounded(codec, options.otherwise, `signal '${name}' otherwise`, maxPayloadBytes)
      return ask({ type: 'signal', name, ms, otherwise: { value: options.otherwise } }) as never
    },
  }
}

const NAMES = ['do', 'undo', 'retry', 'timeoutMs', 'undoRetry', 'undoTimeoutMs'] as const

function check(name: string, given: Given, undo: Undo<unknown, unknown> | undefined): Checked {
  if (typeof given === 'function') {
    if (undo !== undefined && typeof undo !== 'function') throw new TypeError(`step '${name}': expected its undo to be a function, came ${typeof undo}`)
    return { do: given, undo, retry: undefined, undoRetry: undefined, timeoutMs: undefined, undoTimeoutMs: undefined }
  }
  if (typeof given !== 'object' || given === null || typeof given.do !== 'function') {
    throw new TypeError(`step '${name}': expected a function or options with a function 'do', came ${given === null ? 'null' : typeof given}`)
  }
  known(`step '${name}'`, given, NAMES)
  if (given.undo !== undefined && typeof given.undo !== 'function') throw new TypeError(`step '${name}': expected undo to be a function, came ${typeof given.undo}`)
  return {
    do: given.do,
    undo: given.undo,
    retry: given.retry && retryOptions(`step '${name}' retry`, given.retry, STEP_RETRY),
    undoRetry: given.undoRetry && retryOptions(`step '${name}' undoRetry`, given.undoRetry, UNDO_RETRY),
    timeoutMs: given.timeoutMs === undefined ? undefined : number(`step '${name}' timeoutMs`, given.timeoutMs, 0, 1),
    undoTimeoutMs: given.undoTimeoutMs === undefined ? undefined : number(`step '${name}' undoTimeoutMs`, given.undoTimeoutMs, 0, 1),
  }
}
