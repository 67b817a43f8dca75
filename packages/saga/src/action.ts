/** One action on the outside world, or its undo: attempts, waits, time-outs, and what comes too late. Knows nothing of logs. */
import pRetry from 'p-retry'
import { backoffMs } from './core/backoff.ts'
import { NothingHappened, StepTimeout } from './ground/errors.ts'
import type { Clock, Maybe, RetryOptions, Timer } from './ground/types.ts'

export interface Task {
  readonly name: string
  /** The attempt, counted from 1 over all lives. `signal` makes an `AbortSignal` when first asked for one: most actions never ask. */
  readonly call: (attempt: number, signal: () => AbortSignal) => Maybe<unknown>
  readonly retry: Required<RetryOptions>
  readonly timeoutMs: number | undefined
  /** Attempts made before. */
  readonly attempts: number
  /** Whether an attempt that nobody knows the outcome of may have been made before. */
  readonly haunted: boolean
}

export type Outcome =
  | { readonly kind: 'done'; readonly value: unknown }
  | { readonly kind: 'failed'; readonly error: Error; readonly nothing: boolean; readonly unknown: boolean }
  /** The next attempt is too far away to be waited for here. */
  | { readonly kind: 'later'; readonly error: Error; readonly attempt: number; readonly waitMs: number }

export interface ActionEnv {
  readonly clock: Clock
  readonly random: () => number
  /** Waits up to this many ms are waited for here. */
  readonly shortMs: number
  /** How long a stopped action may take to notice. */
  readonly settleMs: number
  failed(attempt: number, error: Error, retryMs: number | undefined): void
  /** An attempt succeeded after the outcome was `failed`. */
  late(value: unknown): void
}

export interface Action {
  /** Calls with the outcome: at once if there is one. */
  whenSettled(run: (outcome: Outcome) => void): void
  /** Calls when no attempt is running any more. */
  whenQuiet(run: () => void): void
  /** Aborts the attempt under way and starts no other. */
  stop(reason: Error): void
}

/** Starts the task. */
export function act(task: Task, env: ActionEnv): Action {
  return task.timeoutMs === undefined && task.retry.retries <= task.attempts ? actOnce(task, env) : actUntil(task, env)
}

/** What an attempt says of itself holds for the step only if there was no other: one before it may have had the effect. `before`: attempts of this life. */
function failure(task: Task, error: Error, before: number, unknown: boolean): Outcome {
  const nothing = error instanceof NothingHappened && before + task.attempts === 0 && !task.haunted
  return { kind: 'failed', error, nothing, unknown: unknown && !nothing }
}
const asError = (thrown: unknown): Error => (thrown instanceof Error ? thrown : new Error(`something that is no Error was thrown: ${String(thrown)}`, { cause: thrown }))

/** One attempt without a bound, which is what most steps are. */
function actOnce(task: Task, env: ActionEnv): Action {
  let settled: Outcome | undefined
  let stopped: Error | undefined
  let over = false
  let controller: AbortController | undefined
  let timer: Timer | undefined
  let listeners: ((outcome: Outcome) => void)[] | undefined
  let quiet: (() => void)[] | undefined

  function settle(outcome: Outcome): void {
    if (settled !== undefined) return
    settled = outcome
    timer?.cancel()
    for (const run of listeners ?? []) run(outcome)
  }

  function signal(): AbortSignal {
    controller ??= new AbortController()
    if (stopped !== undefined) controller.abort(stopped)
    return controller.signal
  }

  async function attempt(): Promise<void> {
    try {
      const value = await task.call(task.attempts + 1, signal)
      if (settled !== undefined) env.late(value)
      settle({ kind: 'done', value })
    } catch (thrown) {
      const error = asError(thrown)
      if (settled === undefined) env.failed(task.attempts + 1, error, undefined)
      settle(failure(task, error, 0, false))
    }
    over = true
    for (const run of quiet ?? []) run()
  }

  void attempt()
  return {
    whenSettled: (run) => void (settled === undefined ? (listeners ??= []).push(run) : run(settled)),
    whenQuiet: (run) => void (over ? run() : (quiet ??= []).push(run)),
    stop(reason) {
      if (settled !== undefined || stopped !== undefined) return
      stopped = reason
      controller?.abort(reason)
      timer = env.clock.after(env.settleMs, () => settle(failure(task, reason, 0, true)))
    },
  }
}

/** Attempts with bounds and waits between them. */
function actUntil(task: Task, env: ActionEnv): Action {
  const listeners: ((outcome: Outcome) => void)[] = []
  const quiet: (() => void)[] = []
  const controllers = new Set<AbortController>()
  const timers = new Set<Timer>()
  let settled: Outcome | undefined
  let stopped: Error | undefined
  let running = 0
  let begun = 0
  let unknown = false
  let wake: (() => void) | undefined

  const hush = (): void => {
    if (running === 0 && settled !== undefined) for (const run of quiet.splice(0)) run()
  }

  function settle(result: Outcome): void {
    if (settled !== undefined) return
    settled = result
    for (const timer of timers) timer.cancel()
    wake?.()
    for (const run of listeners.splice(0)) run(result)
    hush()
  }

  function after(ms: number, run: () => void): Timer {
    const timer = env.clock.after(ms, () => {
      timers.delete(timer)
      run()
    })
    timers.add(timer)
    return timer
  }

  /** One attempt. Its success settles the action whenever it comes: all attempts carry one key, so they are one effect. */
  async function attempt(number: number): Promise<unknown> {
    let controller: AbortController | undefined
    const signal = (): AbortSignal => {
      controller ??= new AbortController()
      controllers.add(controller)
      if (stopped !== undefined) controller.abort(stopped)
      return controller.signal
    }
    running += 1
    begun += 1
    const work = (async () => {
      try {
        const value = await task.call(number, signal)
        if (settled?.kind === 'failed') env.late(value)
        return value
      } finally {
        running -= 1
        if (controller !== undefined) controllers.delete(controller)
        hush()
      }
    })()
    if (task.timeoutMs === undefined) return work
    const { timeoutMs } = task
    const expired = Promise.withResolvers<never>()
    const timer = after(timeoutMs, () => {
      unknown = true
      const error = new StepTimeout(task.name, timeoutMs)
      expired.reject(error)
      controller?.abort(error)
      work.then((value) => settle({ kind: 'done', value }), () => {})
    })
    try {
      return await Promise.race([work, expired.promise])
    } finally {
      timer.cancel()
      timers.delete(timer)
    }
  }

  /** Decides about another attempt, and waits for its time if that is near. Called by p-retry for errors that a retry may cure. */
  async function again(number: number, error: Error): Promise<boolean> {
    if (settled !== undefined || stopped !== undefined || error instanceof NothingHappened || !task.retry.when(error)) return false
    const waitMs = backoffMs(number, task.retry, env.random())
    env.failed(number, error, waitMs)
    if (waitMs > env.shortMs) {
      settle({ kind: 'later', error, attempt: number, waitMs })
      return false
    }
    await new Promise<void>((resume) => {
      wake = resume
      after(waitMs, resume)
    })
    return settled === undefined && stopped === undefined
  }

  async function loop(): Promise<void> {
    const left = task.retry.retries - task.attempts
    const once = (number: number): Promise<unknown> => attempt(task.attempts + number).catch((thrown: unknown) => {
      throw asError(thrown)
    })
    try {
      const value = left <= 0 ? await once(1) : await pRetry(once, {
        // The waiting is done in `again`, on the injected clock.
        retries: left, minTimeout: 0, shouldRetry: ({ error, attemptNumber }) => again(task.attempts + attemptNumber, error),
      })
      settle({ kind: 'done', value })
    } catch (error) {
      if (settled === undefined) env.failed(task.attempts + 1, error as Error, undefined)
      settle(failure(task, error as Error, begun - 1, unknown))
    }
  }

  void loop()
  return {
    whenSettled: (run) => void (settled === undefined ? listeners.push(run) : run(settled)),
    whenQuiet(run) {
      quiet.push(run)
      hush()
    },
    stop(reason) {
      if (settled !== undefined || stopped !== undefined) return
      stopped = reason
      for (const controller of controllers) controller.abort(reason)
      wake?.()
      after(env.settleMs, () => {
        settle(failure(task, reason, begun, true))
      })
    },
  }
}
