/** The verbs that a saga's function is given: each checks its arguments and asks its run. */
import type { Checked, Want } from './asks.ts'
import type { Encode } from './core/payload.ts'
import { STEP_RETRY, UNDO_RETRY } from './ground/defaults.ts'
import { known, nonEmpty, number, retryOptions } from './ground/options.ts'
import type { Do, SagaDefinition, Scope, Step, StepOptions, Undo, UndoOptions } from './saga.ts'

/** What a scope needs of its run, or of a dry one. */
export interface ScopeEnv {
  readonly row: { readonly id: string }
  readonly house: { readonly encode: Encode; readonly store: { readonly transact?: unknown } }
  readonly journal: { emit(topic: string, message: string): void }
  ask(want: Want): Promise<unknown>
}

type Transacted = (tx: unknown, context: unknown) => unknown
type Given = Do<unknown> | (StepOptions<unknown> & UndoOptions<unknown, unknown>)
type Waiting = { readonly timeoutMs?: number; readonly otherwise?: unknown; readonly refuse?: boolean }

export function createScope(env: ScopeEnv): Scope<unknown> {
  const { row: { id }, house, journal } = env
  return {
    id,
    step: stepOf(env),
    sleep: (name, ms) => asking(() => env.ask({ type: 'sleep', name, ms: milliseconds(`sleep '${name}' ms`, ms) })) as Promise<never>,
    signal: (name, options: Waiting = {}) => asking(() => {
      const want = { type: 'signal', name, ms: boundOf(`signal '${name}'`, options, 'otherwise') } as const
      if (!('otherwise' in options)) return env.ask(want)
      house.encode(options.otherwise, 'the otherwise of signal', name)
      return env.ask({ ...want, otherwise: { value: options.otherwise } })
    }) as Promise<never>,
    child: (name, definition, input) => env.ask({ type: 'child', name, child: { definition: definition as unknown as SagaDefinition, input } }) as Promise<never>,
    emit(topic, message) {
      nonEmpty('the topic of a message', topic)
      journal.emit(topic, house.encode(message, 'a message for', topic).text)
    },
    lock: (name, options: Waiting = {}) => asking(() => (
      env.ask({ type: 'lock', name, ms: boundOf(`lock '${name}'`, options, 'refuse'), refuse: options.refuse === true })
    )) as Promise<never>,
  }
}

function stepOf(env: ScopeEnv): Step<unknown> {
  const step = (name: string, given: Given, undo?: Undo<unknown, unknown>): Promise<unknown> => {
    try {
      return env.ask({ type: 'step', name, options: check(name, given, undo) })
    } catch (error) {
      return Promise.reject(error)
    }
  }
  const pivot = async (name: string, given: Given, then?: (scope: unknown) => Promise<unknown>): Promise<unknown> => {
    const options = check(name, given, undefined)
    if (options.undo !== undefined) throw new TypeError(`pivot '${name}': expected no undo, from here there is no way back; make it a step or leave the undo out`)
    const output = await env.ask({ type: 'step', name, options, pivot: true })
    return then === undefined ? output : then({ step, output })
  }
  const tx = (name: string, action: Transacted, undo?: Transacted): Promise<unknown> => asking(() => {
    if (env.house.store.transact === undefined) throw new TypeError(`step.tx '${name}': this store has no transactions; use sqliteStore or postgresStore, or make it a step`)
    const options = check(name, action as unknown as Given, undo as unknown as Undo<unknown, unknown> | undefined)
    const inside = (work: Transacted) => (context: unknown): unknown => work((context as { tx: unknown }).tx, context)
    return env.ask({ type: 'tx', name, options: { ...options, do: inside(action), undo: undo && inside(undo) } })
  })
  // By name: V8 lets a function that is written right behind `step.tx =` live until the next full collection, and with it all that this run had in memory.
  step.pivot = pivot
  step.tx = tx
  return step as unknown as Step<unknown>
}

/** A wrong argument is a rejection, so that it turns the saga back like any other mistake of its function. */
function asking(ask: () => Promise<unknown>): Promise<unknown> {
  try {
    return ask()
  } catch (error) {
    return Promise.reject(error)
  }
}

const milliseconds = (what: string, ms: number): number => number(what, ms, 0, 0, Number.MAX_SAFE_INTEGER / 2)

function boundOf(what: string, options: Waiting, other: string): number | undefined {
  known(what, options, ['timeoutMs', other])
  return options.timeoutMs === undefined ? undefined : milliseconds(`${what} timeoutMs`, options.timeoutMs)
}

const NAMES = ['do', 'undo', 'retry', 'timeoutMs', 'undoRetry', 'undoTimeoutMs']

function check(name: string, given: Given, undo: Undo<unknown, unknown> | undefined): Checked {
  if (typeof given === 'function') return callable(name, { do: given, undo })
  callable(name, given)
  known(`step '${name}'`, given, NAMES)
  const timeout = (what: 'timeoutMs' | 'undoTimeoutMs'): number | undefined => (given[what] === undefined ? undefined : number(`step '${name}' ${what}`, given[what], 0, 1))
  return {
    do: given.do,
    undo: given.undo,
    retry: given.retry && retryOptions(`step '${name}' retry`, given.retry, STEP_RETRY),
    undoRetry: given.undoRetry && retryOptions(`step '${name}' undoRetry`, given.undoRetry, UNDO_RETRY),
    timeoutMs: timeout('timeoutMs'),
    undoTimeoutMs: timeout('undoTimeoutMs'),
  }
}

/** An action that can be called, and so its undo if it has one. */
function callable<Actions extends Pick<Checked, 'do'> & Partial<Pick<Checked, 'undo'>>>(name: string, actions: Actions): Actions {
  if (typeof actions?.do !== 'function') refuse(name, 'do', actions?.do)
  if (actions.undo !== undefined && typeof actions.undo !== 'function') refuse(name, 'undo', actions.undo)
  return actions
}

function refuse(name: string, what: string, came: unknown): never {
  throw new TypeError(`step '${name}': expected ${what} to be a function, came ${typeof came}`)
}
