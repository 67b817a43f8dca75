import type { Aborted } from './core/judgement.ts'
import { expect, typed } from './ground/options.ts'
import type { Context, RunOptions } from './ground/types.ts'

/** An abort signal of a policy's own, made only when somebody reads it: most calls never do, and a controller costs more than a breaker. */
export class Scope implements Aborted {
  #controller: AbortController | undefined
  aborted = false
  reason: unknown

  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController()
      if (this.aborted) this.#controller.abort(this.reason)
    }
    return this.#controller.signal
  }

  abort(reason: unknown): void {
    if (this.aborted) return
    this.aborted = true
    this.reason = reason
    this.#controller?.abort(reason)
  }
}

/** Takes over work that its policy gave up but that still runs, so that whoever counts what runs keeps counting it. */
export type Linger = (work: PromiseLike<unknown>) => void

/** What travels inwards through composed policies. Each policy passes it on as it is, or derives one with the parts that it changes. */
export class CallContext implements Context {
  declare readonly attempt: number
  declare readonly deadlineMs: number | undefined
  declare readonly priority: number
  /** Who can abort this call; undefined as long as nobody can. */
  declare source: AbortSignal | Scope | undefined
  declare readonly linger?: Linger
  /** The retry budget that this call has already paid into. */
  declare readonly deposited?: object | undefined

  constructor(options?: RunOptions) {
    this.attempt = options?.attempt ?? 1
    this.deadlineMs = options?.deadlineMs
    this.priority = options?.priority ?? 0
    this.source = options?.signal
  }

  get signal(): AbortSignal {
    const source: Partial<Scope> & AbortSignal = (this.source ??= new AbortController().signal) as never
    return source.signal ?? source
  }
}

/** The signal to listen to, or undefined when nobody can abort this call. */
export const signalOf = (context: CallContext): AbortSignal | undefined => context.source && context.signal

/** The same call seen from further in, with some parts changed. */
export const derive = (outer: CallContext, parts: Partial<Omit<CallContext, 'signal'>>): CallContext => Object.assign(new CallContext(), outer, parts)

/** The context of a run: the very one that an outer policy handed in, or a new one from what the caller said. */
export const contextOf = (options: RunOptions | undefined): CallContext => (options instanceof CallContext ? options : new CallContext(options))

/**
 * How every run begins: with its context.
 * @throws TypeError for a call that is none, and the caller's own reason when the caller has already given up
 */
export function begin(call: unknown, options: RunOptions | undefined): CallContext {
  if (typeof call !== 'function') expect('run', 'the call', call, typed(call, 'function'))
  const context = contextOf(options)
  if (context.source?.aborted === true) throw context.source.reason
  return context
}
