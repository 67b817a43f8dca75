/** What a limit learns from: the calls that ended in one short window of time. */
export interface Sample {
  /** Mean duration of those that went well; of the others when none did. Milliseconds, above 0. */
  readonly durationMs: number
  /** The most calls that ran at once in the window. */
  readonly active: number
  readonly succeeded: number
  readonly failed: number
}

/** Learns how many calls a target can serve at once. A recipe, like a rule: each policy starts an estimate of its own. */
export interface LimitRule {
  readonly name: string
  start(): Estimate
}

/** The limit so far. `limit` is at least 1. */
export interface Estimate {
  readonly limit: number
  update(sample: Sample): void
}
