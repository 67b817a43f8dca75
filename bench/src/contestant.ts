/** One way to do the same work, made afresh for a case. */
export interface Contestant {
  /** As the table shows it, with the version of a peer. */
  readonly name: string
  make(): Runner | Promise<Runner>
}

/**
 * Does the work `count` times. The loop is written out in each runner, and not shared: a loop that runs several contestants
 * would be compiled for all of their types at once, and the last one would pay for the first.
 */
export interface Runner {
  run(count: number): void | Promise<void>
  /** Fewest repetitions that make a fair slice: with 64 in flight, enough to keep all 64 busy. Default 1. */
  readonly least?: number
  /** Facts to tell beside the time, read once all rounds are over: commits per saga, bytes per change. */
  facts?(): Readonly<Record<string, number>>
  close?(): void | Promise<void>
}

/** One question: the same work, by all contestants. */
export interface Case {
  readonly name: string
  /** What one count is: `call`, `saga`, `event`. */
  readonly unit: string
  /** The contestant that the others are divided by. */
  readonly baseline: string
  readonly contestants: readonly Contestant[]
}

export interface Suite {
  readonly package: string
  /** What the figures are for, and what they leave out: printed above the table. */
  readonly note: string
  readonly cases: readonly Case[]
}

let kept: unknown

/** Keeps a result alive, so that the work that made it cannot be optimised away. */
export function keep(value: unknown): void {
  kept = value
}

/** The last thing kept, so that keeping has a reader. */
export function lastKept(): unknown {
  return kept
}
