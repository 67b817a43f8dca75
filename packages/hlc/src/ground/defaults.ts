/** First millisecond that does not fit 48 bits (August of the year 10889). */
export const MS_END: number = 2 ** 48
/** Events that one millisecond holds; the next one carries into the following millisecond. */
export const COUNT_END: number = 2 ** 16
/** A remote stamp further ahead than this is refused: generous beside NTP (tens of ms), far below a wrong time zone (an hour). */
export const MAX_DRIFT_MS = 60_000
/** Most stamps that one `reserve` hands out: 256 ms of carry, so that one call cannot send a clock far ahead. */
export const MAX_RESERVE: number = 2 ** 24
/** How often watching compares the wall clock with the monotonic one. */
export const WATCH_MS = 1_000
/** A difference between the two below this is noise: a coarse clock, a slewing time daemon. */
export const STEP_MS = 250
/** A heartbeat that comes later than this was held up by a suspended machine or process. */
export const SUSPEND_MS = 5_000
/** A lead is reported when it first passes this, and again whenever it has doubled. */
export const LEAD_MS = 1_000
