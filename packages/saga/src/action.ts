/** One action on the outside world, or its undo: attempts, waits, time-outs, and what comes too late. Knows nothing of logs. */
import pRetry from 'p-retry'
import { backoffMs } from './core/backoff.ts'
import { asError } from './core/failure.ts'
import { NothingHappened, StepTimeout } from './ground/errors.ts'
import type { Clock, Maybe, RetryOptions, Timer } from './ground/types.ts'
import type { StepContext } from './saga.ts'

export type Outcome =
  | { readonly kind: 'done'; readonly value: unknown }
  | { readonly kind: 'failed'; readonly error: Error; readonly nothing: boolean; readonly unknown: boolean }
  /** The next attempt is too far away to be waited for here. */
  | { readonly kind: 'later'; readonly error: Error; readonly attempt: number; readonly waitMs: number }

export interface ActionEnv {
  readonly clock: Clock
  readonly random: () => number
  /** A wait of more than half of it is not waited for here. */
  readonly leaseMs: number
  /** How long a stopped action may take to notice. */
  readonly settleMs: number
}

/** How p-retry hears of an attempt of its loop. */
type Hearer = Pick<PromiseWithResolvers<unknown>, 'resolve' | 'reject'>

/** One action under way. What is to be done, and who hears of it, its heirs say. A class, because one is made for each step. */
export abstract class Action {
  outcome: Outcome | undefined
  abstract readonly name: string
  /** The same text at every attempt, in every life. */
  abstract readonly key: string
  abstract readonly epoch: number
  abstract readonly retry: Required<RetryOptions>
  abstract readonly timeoutMs: number | undefined
  /** Attempts made before. */
  abstract readonly attempts: number
  /** Whether an attempt that nobody knows the outcome of may have been made before. */
  abstract readonly haunted: boolean
  readonly #env: ActionEnv
  #stopped: Error | undefined
  /** Attempts under way. */
  #running = 0
  #begun = 0
  /** One of them ran out of time. */
  #unknown = false
  #controllers: Map<Told, AbortController> | undefined
  #timers: Set<Timer> | undefined
  #wake: (() => void) | undefined
  #listeners: (() => void)[] | undefined

  constructor(env: ActionEnv) {
    this.#env = env
  }

  protected abstract call(told: Told): Maybe<unknown>
  protected abstract settled(outcome: Outcome): void
  protected abstract failed(attempt: number, error: Error, retryMs: number | undefined): void
  /** An attempt succeeded after the outcome was `failed`. */
  protected abstract late(value: unknown): void

  begin(): void {
    this.#attempt(this.attempts + 1)
  }

  /** Calls when there is an outcome (`settled`), or when no attempt is running any more (`quiet`): at once if it is so. */
  when(what: 'settled' | 'quiet', run: () => void): void {
    const ready = (): boolean => this.outcome !== undefined && (what === 'settled' || this.#running === 0)
    if (ready()) return run()
    const listener = (): void => (ready() ? run() : void this.#listeners?.push(listener));
    (this.#listeners ??= []).push(listener)
  }

  /** Aborts the attempts under way and starts no other. */
  stop(reason: Error): void {
    if (this.outcome !== undefined || this.#stopped !== undefined) return
    this.#stopped = reason
    for (const controller of this.#controllers?.values() ?? []) controller.abort(reason)
    this.#wake?.()
    this.#after(this.#env.settleMs, () => this.#settle(this.#failure(reason, this.#begun, true)))
  }

  /** An abort signal for an attempt. */
  signalOf(told: Told): AbortSignal {
    const controller = new AbortController();
    (this.#controllers ??= new Map()).set(told, controller)
    if (this.#stopped !== undefined) controller.abort(this.#stopped)
    return controller.signal
  }

  /** One attempt, counted from 1 over all lives. Its success settles the action whenever it comes: all attempts carry one key, so they are one effect. */
  #attempt(number: number, hearer?: Hearer): void {
    const { timeoutMs } = this
    const told = new Told(this, number)
    let expiry: Timer | undefined
    let expired = false
    const done = (value: unknown): void => {
      this.#over(told, expiry)
      if (this.outcome?.kind === 'failed') this.late(value)
      else this.#settle({ kind: 'done', value })
      hearer?.resolve(value)
      this.#hush()
    }
    const failed = (thrown: unknown): void => {
      this.#over(told, expiry)
      if (!expired) this.#failed(asError(thrown), hearer)
      this.#hush()
    }
    this.#running += 1
    this.#begun += 1
    if (timeoutMs !== undefined) {
      expiry = this.#after(timeoutMs, () => {
        const error = new StepTimeout(this.name, timeoutMs)
        expired = this.#unknown = true
        this.#controllers?.get(told)?.abort(error)
        this.#failed(error, hearer)
      })
    }
    let given: unknown
    try {
      given = this.call(told)
    } catch (thrown) {
      return failed(thrown)
    }
    // What is there at once needs no turn of the event loop.
    if (typeof (given as PromiseLike<unknown> | undefined)?.then === 'function') Promise.resolve(given).then(done, failed)
    else done(given)
  }

  #over(told: Told, expiry: Timer | undefined): void {
    this.#running -= 1
    this.#forget(expiry)
    this.#controllers?.delete(told)
  }

  /** p-retry's loop begins when there is something to try again: its first attempt is the one that has just failed. The waiting is done in `again`, on the injected clock. */
  #failed(error: Error, hearer: Hearer | undefined): void {
    const { attempts, retry } = this
    if (hearer !== undefined) return hearer.reject(error)
    if (retry.retries <= attempts) return this.#fail(error)
    const attempt = (nth: number): Promise<unknown> => (nth === 1 ? Promise.reject(error) : new Promise((resolve, reject) => this.#attempt(attempts + nth, { resolve, reject })))
    pRetry(attempt, { retries: retry.retries - attempts, minTimeout: 0, shouldRetry: ({ error, attemptNumber }) => this.#again(attempts + attemptNumber, error) })
      .catch((error: Error) => this.#fail(error))
  }

  /** Decides about another attempt, and waits for its time if that is near. Called by p-retry for errors that a retry may cure. */
  async #again(number: number, error: Error): Promise<boolean> {
    const { retry } = this
    if (this.#ended || error instanceof NothingHappened || !retry.when(error)) return false
    const waitMs = backoffMs(number, retry, this.#env.random())
    this.failed(number, error, waitMs)
    if (waitMs > this.#env.leaseMs / 2) {
      this.#settle({ kind: 'later', error, attempt: number, waitMs })
      return false
    }
    await new Promise<void>((resume) => {
      this.#wake = resume
      this.#after(waitMs, resume)
    })
    return !this.#ended
  }

  get #ended(): boolean {
    return this.outcome !== undefined || this.#stopped !== undefined
  }

  #fail(error: Error): void {
    if (this.outcome === undefined) this.failed(this.attempts + this.#begun, error, undefined)
    this.#settle(this.#failure(error, this.#begun - 1, this.#unknown))
  }

  /** What an attempt says of itself holds for the step only if there was no other: one before it may have had the effect. `before`: attempts of this life. */
  #failure(error: Error, before: number, unknown: boolean): Outcome {
    const nothing = error instanceof NothingHappened && before + this.attempts === 0 && !this.haunted
    return { kind: 'failed', error, nothing, unknown: unknown && !nothing }
  }

  #settle(outcome: Outcome): void {
    if (this.outcome !== undefined) return
    this.outcome = outcome
    for (const timer of this.#timers ?? []) timer.cancel()
    this.#wake?.()
    this.settled(outcome)
    this.#hush()
  }

  #hush(): void {
    if (this.#listeners !== undefined) for (const run of this.#listeners.splice(0)) run()
  }

  #after(ms: number, run: () => void): Timer {
    const timer = this.#env.clock.after(ms, () => {
      this.#forget(timer)
      run()
    });
    (this.#timers ??= new Set()).add(timer)
    return timer
  }

  #forget(timer: Timer | undefined): void {
    if (timer === undefined) return
    timer.cancel()
    this.#timers?.delete(timer)
  }
}

/**
 * What an attempt is told. Key and signal are made when they are first looked at: most actions never look, and a signal is the dearest part of a step. The getters are
 * the class's, because a literal with a getter has a hidden class of its own, which only a full collection frees.
 */
export class Told implements StepContext {
  readonly attempt: number
  readonly epoch: number
  readonly #action: Action
  #signal: AbortSignal | undefined
  constructor(action: Action, attempt: number) {
    this.#action = action
    this.attempt = attempt
    this.epoch = action.epoch
  }
  get key(): string {
    return this.#action.key
  }
  get signal(): AbortSignal {
    return (this.#signal ??= this.#action.signalOf(this))
  }
}
