// Promise: what a region tells leaves in small parcels, bounded, and a busy kind of event never crowds out the rare ones.

import type { Clock } from '../ground/clock.ts'
import type { RegionName } from '../ground/regions.ts'
import type { DemoEvent, Emit, EventBody } from './events.ts'

const flushMs = 40
/** Events of the busiest kinds that leave in one parcel; the counters tell of the rest. */
const busyKinds: Partial<Record<EventBody['type'], number>> = { request: 8, call: 8, span: 60, 'saga-step': 80 }
/** Events kept for one parcel. Beyond it the oldest of them go: a reader that does not read must not fill our memory. */
const maxEvents = 5_000

export interface Outbox {
  readonly emit: Emit
  /** Sends what is there at once. */
  flush(): void
}

export interface OutboxOptions {
  readonly region: RegionName
  readonly clock: Pick<Clock, 'after'>
  readonly trueTime: () => number
  readonly deliver: (events: readonly DemoEvent[]) => void
}

export function createOutbox({ region, clock, trueTime, deliver }: OutboxOptions): Outbox {
  let pending: DemoEvent[] = []
  let spent: Partial<Record<EventBody['type'], number>> = {}
  let timer: { cancel(): void } | undefined
  const flush = (): void => {
    timer?.cancel()
    timer = undefined
    const parcel = pending
    pending = []
    spent = {}
    if (parcel.length > 0) deliver(parcel)
  }
  return {
    emit(body) {
      const used = (spent[body.type] = (spent[body.type] ?? 0) + 1)
      if (used > (busyKinds[body.type] ?? Infinity)) return
      pending.push({ ...body, region, atMs: trueTime() })
      if (pending.length > maxEvents) pending = pending.slice(-maxEvents)
      timer ??= clock.after(flushMs, flush)
    },
    flush,
  }
}
