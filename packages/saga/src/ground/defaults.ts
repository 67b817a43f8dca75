/** Every default in one place, with its unit and its reason. */
import type { RetryOptions } from './types.ts'

/** How long a life may be silent before its sagas are taken by another. Long against a stall of the event loop, short against a person's patience. */
export const LEASE_MS = 10_000
/** Share of a lease in which something may begin: what begins should not outlive it by much. */
export const FRESH_SHARE = 0.75
/** How often the store is asked for work that nobody hinted at. */
export const POLL_MS = 1_000
/** Sagas that one engine holds in memory at a time; further ones are durable and wait their turn. */
export const MAX_HELD = 1_000
/** Largest encoded input, output or signal, in bytes. A log is read whole at recovery, so large things belong in a blob store. */
export const MAX_PAYLOAD_BYTES = 1_048_576
/** Named things (steps, sleeps, signals …) in one saga. A saga that never ends would have a log that never ends. */
export const MAX_STEPS = 1_000
/** Takes without progress after which a saga is set aside as poison. */
export const MAX_TAKES = 10
/** How long the function may take, at replay, to ask again for what the log has. */
export const REPLAY_MS = 1_000
/** How long going back waits for a timed-out action that is still running. */
export const SETTLE_MS = 5_000
/** How long `close` waits for actions that are running. */
export const CLOSE_MS = 5_000
/** Microtasks that a saga's code may need between one step and the next when the store gathers within a turn: each nested async function costs three. */
export const GATHER_HOPS = 8
/** Writes in one commit. */
export const MAX_BATCH = 256
/** Nesting of a value in the log. */
export const MAX_DEPTH = 100

/** A step is tried once unless its author says that trying again is wise. */
export const STEP_RETRY: Required<RetryOptions> = { retries: 0, baseMs: 100, maxMs: 30_000, factor: 2, jitter: 0.5, when: () => true }
/** An undo has no alternative, so it is tried for about four minutes before a person is asked. */
export const UNDO_RETRY: Required<RetryOptions> = { retries: 10, baseMs: 100, maxMs: 60_000, factor: 2.5, jitter: 0.5, when: () => true }
/** Behind the pivot there is only forward. */
export const FORWARD_RETRY: Required<RetryOptions> = { retries: Infinity, baseMs: 100, maxMs: 300_000, factor: 2, jitter: 0.5, when: () => true }
