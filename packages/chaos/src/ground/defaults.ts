/** A lost call is given up after this long when `whenLost` is 'silence': the order of a kernel's own patience. */
export const SILENCE_MS = 60_000
/** How long a held-back message waits to be overtaken: long beside a local link, short beside a time-out. */
export const REORDER_MS = 100
/** Calls that may wait inside one link. Enough for a load test, small enough to notice a leak. */
export const MAX_IN_FLIGHT = 1024
/** The heavy tail is cut at this many times `jitterMs`, so that one draw cannot stop a run (1 in 10 000 reaches it). */
export const TAIL_CAP = 99
