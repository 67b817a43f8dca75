/** What one breaker of a fleet says when it looks in. */
export interface VerdictReport {
  /** The breaker's name, the same on every node. */
  readonly name: string
  readonly node: string
  /** `open` by its own judgement; `closed`, or open only because others are; `healed`, its probe for the fleet went well. */
  readonly verdict: 'open' | 'closed' | 'healed'
  /** How long it wants the target left alone from now on, milliseconds; 0 unless `open`. */
  readonly waitMs: number
  /** It has calls to make and would send the probe. */
  readonly wantsProbe: boolean
  /** How long the leave to probe lasts, milliseconds. */
  readonly leaseMs: number
  /** How long this report stands without another, milliseconds. */
  readonly ttlMs: number
}

/** What it hears in answer. */
export interface VerdictView {
  /** Nodes that have looked in lately, this one included. */
  readonly nodes: number
  /** How many of them say `open`. */
  readonly votes: number
  /** The longest that any of those wants the target left alone, milliseconds. */
  readonly waitMs: number
  /** This node, and no other, may probe. Granted to one that wants it when nobody wants to wait any longer. */
  readonly leads: boolean
  /** How often the fleet has been healed: all votes are forgotten then. */
  readonly healings: number
}

/**
 * Where a fleet keeps its verdicts. One exchange does everything in one atomic step, on the store's own clock: it takes the report in,
 * forgets nodes whose time is over together with their votes, grants the leave to probe, and answers.
 */
export interface VerdictStore {
  exchange(report: VerdictReport): Promise<VerdictView>
}
