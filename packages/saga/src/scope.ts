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

export function createScope(env: ScopeEnv): Scope<unknown> {
  return {
    id: env.id,
    step: stepOf(env),
    sleep: (name, ms) => sleep(env, name, ms),
    signal: (name, options = {}) => signal(env, name, options) as never,
    child: (name, definition, input) => child(env, name, definition as unknown as SagaDefinition, input) as never,
    emit: (topic, message) => emit(env, topic, message),
    lock: (name, options = {}) => lock(env, name, options),
  }
}

async function sleep({ ask }: ScopeEnv, name: string, ms: number): Promise<void> {
  await ask({ type: 'sleep', name, ms: milliseconds(`sleep '${name}' ms`, ms) })
}

async function signal({ ask, codec, maxPayloadBytes }: ScopeEnv, name: string, options: { readonly timeoutMs?: number; readonly otherwise?: unknown }): Promise<unknown> {
  known(`signal '${name}'`, options, ['timeoutMs', 'otherwise'])
  const ms = options.timeoutMs === undefined ? undefined : milliseconds(`signal '${name}' timeoutMs`, options.timeoutMs)
  if (!('otherwise' in options)) return ask({ type: 'signal', name, ms })
  encodeBounded(codec, options.otherwise, `signal '${name}' otherwise`, maxPayloadBytes)
  return ask({ type: 'signal', name, ms, otherwise: { value: options.otherwise } })
}

async function child({ ask }: ScopeEnv, name: string, definition: SagaDefinition, input: unknown): Promise<unknown> {
  return ask({ type: 'child', name, child: { definition, input } })
}

function emit({ emit, codec, maxPayloadBytes }: ScopeEnv, topic: string, message: unknown): void {
  if (typeof topic !== 'string' || topic === '') throw new TypeError(`emit: expected a topic as non-empty text, came ${String(topic)}`)
  emit(topic, encodeBounded(codec, message, `a message for '${topic}'`, maxPayloadBytes))
}

async function lock({ ask }: ScopeEnv, name: string, options: { readonly timeoutMs?: number; readonly refuse?: boolean }): Promise<void> {
  known(`lock '${name}'`, options, ['timeoutMs', 'refuse'])
  const ms = options.timeoutMs === undefined ? undefined : milliseconds(`lock '${name}' timeoutMs`, options.timeoutMs)
  await ask({ type: 'lock', name, ms, refuse: options.refuse === true })
}

// A wrong argument is a rejection, so that it turns the saga back like any other mistake of its function.
function stepOf({ ask, transacts }: ScopeEnv): Step<unknown> {
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
  return Object.assign(step, { pivot, tx }) as unknown as Step<unknown>
}

const milliseconds = (what: string, ms: number): number => number(what, ms, 0, 0, Number.MAX_SAFE_INTEGER / 2)

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
