// Events come in batches, from the regions and from the server; drawn as they come they would march in step. Their own times give the rhythm back.

import type { FedEvent } from '../../src/board/fed-event.ts'

/** Shown this much after they arrived, so that the first of a batch still has its time before it. */
const delayMs = 180

/** When each event begins to be shown, in the feed's time, earliest first. Only differences within one speaker's batch are trusted. */
export const inRhythm = (events: readonly FedEvent[]): readonly { readonly event: FedEvent; readonly startMs: number }[] => {
  const latest = new Map<string, number>()
  for (const { region, atMs } of events) latest.set(region, Math.max(latest.get(region) ?? Number.NEGATIVE_INFINITY, atMs))
  return events
    .map((event) => ({
      event,
      startMs: event.arrivedMs + delayMs - Math.min(delayMs, (latest.get(event.region) ?? event.atMs) - event.atMs),
    }))
    .toSorted((a, b) => a.startMs - b.startMs)
}
