// Promise: the page never compares clocks that may lie.

import type { NumberedEvent } from '../telemetry/events.ts'

/** An event as the feed keeps it. `arrivedMs` is the feed's own monotonic time: regions disagree about the hour, the feed does not. */
export type FedEvent = NumberedEvent & { readonly arrivedMs: number }
