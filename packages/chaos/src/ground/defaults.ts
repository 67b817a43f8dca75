/** A lost call is given up after this long when `whenLost` is 'silence': the order of a kernel's own patience. */
export const SILENCE_MS: number = 60_000
/** How long a held-back message waits to be overtaken: long beside a local link, short beside a time-out. */
export const REORDER_MS: number = 100
/** Calls that may wait inside one link. Enough for a load test, small enough to notice a leak. */
export const MAX_IN_FLIGHT: number = 1024
/** The heavy tail is cut at this many times `jitterMs`, so that one draw cannot stop a run (1 in 10 000 reaches it). */
export const TAIL_CAP: number = 99
/** One-way delay of a simulated link before its tail: a data centre's neighbour. */
export const NETWORK_LATENCY_MS: number = 1
/** Mean of the tail that is added to it. */
export const NETWORK_JITTER_MS: number = 2
/** Messages that may be under way on one simulated link; more are dropped, as by a full router. */
export const MAX_QUEUED: number = 10_000
/** Mean time of a simulated disk's operation, tail included. */
export const DISK_MS: number = 0.5
/** Bytes that a simulated disk holds. */
export const DISK_CAPACITY: number = 64 * 1024 * 1024
