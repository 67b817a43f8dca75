/**
 * How an operation ended. `unknown` is what a time-out leaves behind: it may have happened, may happen yet, or never will.
 * Reading it as `fail` hides double effects.
 */
export type Ending = 'ok' | 'fail' | 'unknown'

/** One operation of a history. `invoked` and `returned` are positions in one total order of all beginnings and endings. */
export interface Operation<Op = unknown, Value = unknown> {
  /** The client that waited for it. Clients do one thing at a time. */
  readonly process: string
  readonly op: Op
  readonly ending: Ending
  /** What came back, if it ended well. */
  readonly value: Value | undefined
  readonly invoked: number
  /** Infinity unless it ended `ok` or `fail`: an unknown operation may still take effect at any later time. */
  readonly returned: number
}

/** Why a history is impossible, in words and with the operations concerned. */
export interface Anomaly<Op = unknown, Value = unknown> {
  readonly name: string
  readonly message: string
  readonly operations: readonly Operation<Op, Value>[]
}

/** What a checker found: nothing wrong, or anomalies. */
export type Verdict<Op = unknown, Value = unknown> =
  | { readonly valid: true; readonly anomalies: readonly [] }
  | { readonly valid: false; readonly anomalies: readonly Anomaly<Op, Value>[] }

/** The verdict for a list of anomalies. */
export function verdictOf<Op, Value>(anomalies: readonly Anomaly<Op, Value>[]): Verdict<Op, Value> {
  return anomalies.length === 0 ? { valid: true, anomalies: [] } : { valid: false, anomalies }
}
