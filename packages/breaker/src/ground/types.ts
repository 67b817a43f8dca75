/** What a protected function is told about the call it serves. */
export interface Context {
  /** Aborts when the caller gives up, a `timeout` strikes, or a `hedge` has been won by another attempt. Made when first read. */
  readonly signal: AbortSignal
  /** 1 for the first try, 2 for the first retry, and so on. */
  readonly attempt: number
  /** The instant on `clock.monotonic()` by which the result must be there; undefined when nobody set one. */
  readonly deadlineMs?: number | undefined
  /** What to serve first when not everything can be served: larger is more important, 0 by default. */
  readonly priority: number
}

/** What a caller may say about one call. A `Context` fits, so policies nest by hand as well as with `compose`. */
export interface RunOptions {
  /** Gives up waiting: the run rejects with `signal.reason`. */
  readonly signal?: AbortSignal | undefined
  readonly attempt?: number | undefined
  readonly deadlineMs?: number | undefined
  readonly priority?: number | undefined
}

/** The work to protect. May return a value, a promise or any thenable, and may throw. */
export type Call<T> = (context: Context) => T | PromiseLike<T>

declare const answers: unique symbol

/** Something around a call. `Extra` is what it may answer in place of the call's own result (see `fallback`). */
export interface Policy<Extra = never> {
  run<T>(call: Call<T>, options?: RunOptions): Promise<T | Extra>
  /** Never there. Carries `Extra` for the compiler, which cannot read it off a generic method. */
  readonly [answers]?: () => Extra
}

/** What a policy may answer in place of the call's own result. */
export type ExtraOf<P> = P extends { readonly [answers]?: () => infer Extra } ? Extra : never

/** How one call ended. */
export type Outcome =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly error: unknown }

/** `ok` and `fail` count; `ignore` says nothing about the health of the target. */
export type Verdict = 'ok' | 'fail' | 'ignore'

/** Classifies errors and results alike. Answer `undefined` to leave the decision to the default. */
export type Judge = (outcome: Outcome) => Verdict | undefined
