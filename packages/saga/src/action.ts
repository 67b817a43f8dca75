/** One action on the outside world, or its undo: attempts, waits, time-outs, and what comes too late. Knows nothing of logs. */
import pRetry from 'p-retry'
import { backoffMs } from './core/backoff.ts'
import { asError } from './core/failure.ts'
import { NothingHappened, StepTimeout } from './ground/errors.ts'
import type { Clock, Maybe, RetryOptions, Timer } from './ground/types.ts'

/** What is to be done, and who hears of it. */
export interface Task {
  readonly name: string
  readonly retry: Required<RetryOptions>
  readonly timeoutMs: number | undefined
  /** Attempts made before. */
  readonly attempts: number
  /** Whether an attempt that nobody knows the outcome of may have been made before. */
  readonly haunted: boolean
  /** The attempt, counted from 1 over all lives. `signal` makes an `AbortSignal` when first asked for one: most actions never ask. */
  call(attempt: number, signal: () => AbortSignal): Maybe<unknown>
  settled(outcome: Outcome): void
  failed(attempt: number, error: Error, retryMs: number | undefined): void
  /** An attempt succeeded after the outcome was `failed`. */
  late(value: unknown): void
}

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

/** One task under way. A class, because one is made for each step. */
export class Action {
  outcome: Outcome | undefined
  readonly #task: Task
  readonly #env: ActionEnv
  #stopped: Error | undefined
  /** Attempts under way. */
  #running = 0
  #begun = 0
  /** One of them ran out of time. */
  #unknown = false
  #controllers: Set<AbortController> | undefined
  #timers: Set<Timer> | undefined
  #wake: (() => void) | undefined
  #listeners: (() => void)[] | undefined

  constructor(task: Task, env: ActionEnv) {
    this.#task = task
    this.#env = env
  }

  begin(): void {
    const { timeoutMs, retry, attempts } = this.#task
    if (timeoutMs === undefined && retry.retries <= attempts) return this.#attempt(attempts + 1, (value) => this.#settle({ kind: 'done', value }), (error) => this.#fail(error))
    const once = (number: number): Promise<unknown> => new Promise((resolve, reject) => this.#attempt(attempts + number, resolve, reject))
    const left = retry.retries - attempts
    // The waiting is done in `again`, on the injected clock.
    const work = left <= 0 ? once(1) : pRetry(once, { retries: left, minTimeout: 0, shouldRetry: ({ error, attemptNumber }) => this.#again(attempts + attemptNumber, error) })
    work.then((value) => this.#settle({ kind: 'done', value }), (error: Error) => this.#fail(error))
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
    for (const controller of this.#controllers ?? []) controller.abort(reason)
    this.#wake?.()
    this.#after(this.#env.settleMs, () => this.#settle(this.#failure(reason, this.#begun, true)))
  }

  /** One attempt. Its success settles the action whenever it comes: all attempts carry one key, so they are one effect. */
  #attempt(number: number, gave: (value: unknown) => void, threw: (error: Error) => void): void {
    const { timeoutMs, name } = this.#task
    let controller: AbortController | undefined
    let expiry: Timer | undefined
    const over = (): void => {
      this.#running -= 1
      this.#forget(expiry)
      if (controller !== undefined) this.#controllers?.delete(controller)
    }
    const done = (value: unknown): void => {
      over()
      if (this.outcome?.kind === 'failed') this.#task.late(value)
      if (this.#unknown) this.#settle({ kind: 'done', value })
      gave(value)
      this.#hush()
    }
    const failed = (thrown: unknown): void => {
      over()
      threw(asError(thrown))
      this.#hush()
    }
    this.#running += 1
    this.#begun += 1
    if (timeoutMs !== undefined) {
      expiry = this.#after(timeoutMs, () => {
        this.#unknown = true
        const error = new StepTimeout(name, timeoutMs)
        threw(error)
        controller?.abort(error)
      })
    }
    let given: unknown
    try {
      given = this.#task.call(number, () => {
        if (controller === undefined) (this.#controllers ??= new Set()).add(controller = new AbortController())
        if (this.#stopped !== undefined) controller.abort(this.#stopped)
        return controller.signal
      })
    } catch (thrown) {
      return failed(thrown)
    }
    // What is there at once needs no turn of the event loop.
    if (typeof (given as PromiseLike<unknown> | undefined)?.then === 'function') Promise.resolve(given).then(done, failed)
    else done(given)
  }

  /** Decides about another attempt, and waits for its time if that is near. Called by p-retry for errors that a retry may cure. */
  async #again(number: number, error: Error): Promise<boolean> {
    const { retry } = this.#task
    if (this.#over || error instanceof NothingHappened || !retry.when(error)) return false
    const waitMs = backoffMs(number, retry, this.#env.random())
    this.#task.failed(number, error, waitMs)
    if (waitMs > this.#env.leaseMs / 2) {
      this.#settle({ kind: 'later', error, attempt: number, waitMs })
      return false
    }
    await new Promise<void>((resume) => {
      this.#wake = resume
      this.#after(waitMs, resume)
    })
    return !this.#over
  }

  get #over(): boolean {
    return this.outcome !== undefined || this.#stopped !== undefined
  }

  #fail(error: Error): void {
    if (this.outcome === undefined) this.#task.failed(this.#task.attempts + this.#begun, error, undefined)
    this.#settle(this.#failure(error, this.#begun - 1, this.#unknown))
  }

  /** What an attempt says of itself holds for the step only if there was no other: one before it may have had the effect. `before`: attempts of this life. */
  #failure(error: Error, before: number, unknown: boolean): Outcome {
    const nothing = error instanceof NothingHappened && before + this.#task.attempts === 0 && !this.#task.haunted
    return { kind: 'failed', error, nothing, unknown: unknown && !nothing }
  }

  #settle(outcome: Outcome): void {
    if (this.outcome !== undefined) return
    this.outcome = outcome
    for (const timer of this.#timers ?? []) timer.cancel()
    this.#wake?.()
    this.#task.settled(outcome)
    this.#hush()
  }

  #hush(): void {
    for (const run of this.#listeners?.splice(0) ?? []) run()
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
