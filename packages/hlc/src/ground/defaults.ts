/** The last millisecond that fits 48 bits (August of the year 10889). */
export const MAX_MS: number = 2 ** 48 - 1
/** The last event that one millisecond holds; the next one carries into the following millisecond. */
export const MAX_COUNT: number = 2 ** 16 - 1
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
/** How far ahead of the wall clock a durable clock reserves. After a crash it begins there, so this stays well below `MAX_DRIFT_MS`. */
export const AHEAD_MS = 10_000
/** The most that may be reserved: a mark is where the next life begins, so an hour too much is an hour of lead. */
export const MAX_AHEAD_MS = 3_600_000
/** How far ahead of itself a durable clock reserves while it leads the wall: four million stamps, and all that a crash loop adds a life. */
export const SLACK_MS = 64
/** How long opening a durable clock waits for its store. */
export const OPEN_TIMEOUT_MS = 10_000
/** The first pause after a failed save; it doubles up to the last. */
export const RETRY_MS = 50
export const RETRY_END_MS = 2_000
/** The longest wait before the wall clock is looked at again: it may have been set meanwhile, and timers hold 2^31 ms at most. */
export const LONGEST_TIMER_MS = 60_000
/** The highest bound on what is remembered: a `Map` holds no more in V8. */
export const MAX_ENTRIES: number = 2 ** 24
/** Refused messages that a quarantine holds. */
export const MAX_HELD = 1_000
/** Longest stay in a quarantine: an hour is a wrong time zone, and worth waiting for; a year is not. */
export const MAX_HOLD_MS = 3_600_000
/** Nodes that a roster remembers. */
export const MAX_NODES = 1_024
/** Signatures that are remembered, made or found good. */
export const MAX_SIGNATURES = 1_024
/** Shortest secret: the width of the hash (RFC 2104 §3). */
export const MIN_SECRET_BYTES = 32
/** Keys that verify at the same time: rotation needs two. */
export const MAX_KEYS = 16
/** Header that carries a stamp. */
export const HEADER = 'hlc-stamp'
/** Member of W3C baggage that carries a stamp. */
export const BAGGAGE_KEY = 'hlc'
/** What every implementation of W3C baggage passes on (§3.3.2); beyond it members may be dropped, so ours is not added. */
export const MAX_BAGGAGE_BYTES = 8_192
export const MAX_BAGGAGE_MEMBERS = 64
