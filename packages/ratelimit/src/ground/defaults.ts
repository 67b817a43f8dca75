/** Keys with a bucket of their own: about 6 MB at the bound. */
export const maxKeys = 100_000

/** Below this many keys nothing is dropped: three quarters of a megabyte are not worth the time. */
export const leastRows = 16_384

/** Buckets that newcomers share once `maxKeys` is reached: enough that one flood seldom meets an honest newcomer, small enough to cost nothing. */
export const sharedBuckets = 1024

/** Waiters of one limiter, all keys together. */
export const maxWaiting = 1000

/** Names of charges that are remembered, so that a repeated charge is applied once. */
export const maxIds = 10_000

/** Keys up to this many characters are kept as they are; longer ones are kept as a keyed hash, so that a key cannot be used to fill memory. */
export const maxKeyLength = 256

/** The most debt a bucket may carry, in its own units. Time and debt then add up below 2^53, where every whole number is exact. */
export const maxDebt: number = 2 ** 52

/** Timers of the platform take a signed 32-bit number; a longer one fires at once. */
export const longestTimerMs: number = 2 ** 31 - 1

/** Longest wait for a store's answer: several round trips within a region, and little beside a request that has to be answered. */
export const timeoutMs = 50

/** How long a refusal is repeated without asking: a reset elsewhere is seen within a second. */
export const recallMs = 1000

/** Requests of one limiter that may wait for the store at once; the next ones are decided by the rule of an outage. */
export const maxAsking = 100_000
