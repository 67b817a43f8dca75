// Every default of the package, each with its reason. The README's tables and the docstrings quote these.

/** A probe costs the target one call, while waiting costs everybody: one second, not the minute that is often seen. */
export const OPEN_MS = 1_000
/** How much of the waiting time is added by chance, so that a fleet does not probe in step. */
export const OPEN_JITTER = 0.2
/** Openings in a row double the wait up to 3 times the first; with the jitter work flows again within 4 s of the target's return. */
export const OPEN_GROWTH_LIMIT = 3
/** Failures in a row that open: gobreaker's default. Needs no clock, and soon notices a target that is down, busy or not. */
export const FAILURES = 5
/** One probe harms nobody. */
export const PROBES = 1
/** Half of the calls failing is an outage, not noise. */
export const FAILURE_RATIO = 0.5
/** Fewer calls than this say nothing about a rate. */
export const FAILURE_MIN = 20
/** Remembers about as long as a person watching a dashboard. */
export const WINDOW_MS = 10_000
/** A tenth of the window is forgotten at a time. */
export const WINDOW_SLICES = 10
/** The share of calls let through at the start of a ramp. */
export const RAMP_START = 0.1
/** The last errors kept for `explain()`. */
export const KEPT_ERRORS = 3

/** Three tries after the first: what most SDKs settle on. */
export const RETRIES = 3
/** The first backoff's upper end. */
export const BACKOFF_BASE_MS = 100
/** No backoff is longer. */
export const BACKOFF_MAX_MS = 10_000
/** A server that asks for more patience than this is not waited for. */
export const RETRY_AFTER_MAX_MS = 60_000

/** How long a call that was given up but still runs keeps its place in a bulkhead. */
export const LINGER_MS = 60_000

/** The longest timer that runtimes can hold (2^31 - 1 ms, 24.8 days); beyond it they fire at once. */
export const LONGEST_MS = 2_147_483_647

/** Load grows by a fifth at most: what Finagle and Envoy settled on. */
export const BUDGET_RATIO = 0.2
/** Little traffic may be retried too. */
export const BUDGET_RESERVE_PER_SECOND = 3
/** At most a fiftieth of what was earned lapses early, for the sake of a promise that is exact. */
export const BUDGET_SLICES = 50

/** One call in twenty is slow enough to be sent again. */
export const HEDGE_QUANTILE = 0.95
/** Fewer durations say little about a tail. */
export const HEDGE_MIN = 20
/** The delay before anything is known. */
export const HEDGE_AFTER_MS = 100
/** A hedge's own allowance: a tenth more load, and as much as ten after a quiet time. */
export const HEDGE_RATIO = 0.1
export const HEDGE_SAVED = 10

/** Google's SRE book recommends 2 and two minutes. */
export const THROTTLE_K = 2
export const THROTTLE_WINDOW_MS = 120_000
export const THROTTLE_SLICES = 60

/** Netflix' concurrency-limits begin with 20 and stop at 1000 (Gradient2: 20 and 200). */
export const ADAPTIVE_INITIAL = 20
export const ADAPTIVE_MAX = 1000
/** A limit follows the load within a second, and no single call moves it. */
export const ADAPTIVE_WINDOW_MS = 100
export const ADAPTIVE_SAMPLES = 10

/** Breakers kept by key. */
export const KEYED_MAX = 1000

/** A person gives up before this. */
export const FETCH_TIMEOUT_MS = 30_000
/** Room for two more attempts within that. */
export const ATTEMPT_TIMEOUT_MS = 10_000

/** Half of a fleet is not one node with a broken cable. */
export const SHARED_QUORUM = 0.5
/** Twice a second costs a store next to nothing, and an outage is known fleet-wide within a second. */
export const SHARED_INTERVAL_MS = 500
/** Time for a probe that takes its time. */
export const SHARED_LEASE_MS = 5_000

/** One in a thousand; less is a mistake rather than a ratio. */
export const SMALLEST_SHARE = 0.001
