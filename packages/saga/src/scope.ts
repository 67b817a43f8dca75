/** The verbs that a saga's function is given: each checks its arguments and asks its run. */
import type { Checked, Want } from './asks.ts'
import { encodeBounded } from './core/payload.ts'
import { STEP_RETRY, UNDO_RETRY } from './ground/defaults.ts'
import { known, number, retryOptions } from './ground/options.ts'
import type { Codec } from './ground/types.ts'
import type { Do, ForwardStep, SagaDefinition, Scope, Step, StepOptions, Undo, UndoOptions } from './saga.ts'

export interface ScopeEnv {
  readonly id: string
  readonly codec: Codec
  readonly maxPayloadBytes: number
  /** The store has transactions. */
  readonly transacts: boolean
  emit(topic: string, message: string): void
  ask(want: Want): Promise<unknown>
}

type Transacted = (tx: unknown, context: unknown) => unknown
type Given = Do<unknown> | (StepOptions<unknown> & UndoOptions<unknown, unknown>)

export function createScope({ id, ask, emit, codec, maxPayloadBytes, transacts }: ScopeEnv): Scope<unknown> {
  // A wrong argument is a rejection, so that it turns the saga back like any other mistake of its function.
  const step = async (name: string, given: Given, undo?: Undo<unknown, unknown>): Promise<unknown> => ask({ type: 'step', name, options: check(name, given, undo) })
  const pivot = async (name: string, given: Given, then?: (scope: { step: ForwardStep; output: unknown }) => Promise<unknown>): Promise<unknown> => {
    const options = check(name, given, undefined)
    if (options.undo !== undefined) throw new TypeError(`pivot '${name}': expected no undo, from here there is no way back; make it a step or leave the undo out`)
    const output = await ask({ type: 'step', name, options, pivot: true })
    return then === undefined ? output : then({ step: step as ForwardStep, output })
  }
  const tx = async (name: string, action: Transacted, undo?: Transacted): Promise<unknown> => {
    if (!transacts) throw new TypeError(`step.tx '${name}': this store has no transactions; use sqliteStore or postgresStore, or make it a step`)
    const options = check(name, action as unknown as Given, undo as unknown as Undo<unknown, unknown> | undefined)
    const inside = (work: Transacted) => (context: unknown): unknown => work((context as { tx: unknown }).tx, context)
    return ask({ type: 'tx', name, options: { ...options, do: inside(action), undo: undo && inside(undo) } })
  }
  return {
    id,
    step: Object.assign(step, { pivot, tx }) as unknown as Step<unknown>,
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
    child: async (name, definition, input) => ask({ type: 'child', name, child: { definition: definition as unknown as SagaDefinition, input } }) as never,
    emit(topic, message) {
      if (typeof topic !== 'string' || topic === '') throw new TypeError(`emit: expected a topic as non-empty text, came ${String(topic)}`)
      emit(topic, encodeBounded(codec, message, `a message for '${topic}'`, maxPayloadBytes))
    },
    async lock(name, options = {}) {
      known(`lock '${name}'`, options, ['timeoutMs', 'refuse'])
      const ms = options.timeoutMs === undefined ? undefined : number(`lock '${name}' timeoutMs`, options.timeoutMs, 0, 0, Number.MAX_SAFE_INTEGER / 2)
      await ask({ type: 'lock', name, ms, refuse: options.refuse === true })
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
