/** When a breaker opens. A rule is a recipe: each breaker starts a window of its own from it, so one rule may be given to many. */
export interface Rule {
  /** How often the clock is read for a call: never (the default), at its end, or at its start as well, so that its duration is known. */
  readonly clockReads?: 0 | 1 | 2 | undefined
  start(): Window
}

/** What one breaker remembers for one rule while it is closed; each change of its state begins a new one. */
export interface Window {
  /** How the rule is called in events and explanations, e.g. `consecutive(5)`; of several rules, the one that opened. */
  readonly name: string
  /** Takes one outcome in and says whether the breaker must open. `now` is monotonic ms; both times may be 0 where the clock is not read for them. */
  record(failed: boolean, now: number, durationMs: number): boolean
  /** What was counted, in words: for `explain()` and for the event of an opening. */
  describe(): string
}

/** Whether a breaker can be made from it. */
export const isRule = (value: unknown): boolean => typeof (value as Rule | undefined)?.start === 'function'
