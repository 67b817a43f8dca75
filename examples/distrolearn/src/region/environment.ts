// Promise: the whole outside world of a region comes in here, so that the same code runs in a process and in a simulated world.

import type { Clock } from '../ground/clock.ts'
import type { RegionStores } from '../stores/stores.ts'
import type { Emit } from '../telemetry/events.ts'
import type { LogSink } from '../telemetry/log.ts'

export interface RegionEnvironment {
  /** `now` is the region's own, possibly wrong, wall clock. */
  readonly clock: Clock
  readonly random: () => number
  readonly fetch: typeof fetch
  readonly emit: Emit
  /** Milliseconds on a clock that all processes of the machine share, for checks that span lives; no part of the region decides by it. */
  readonly trueTime: () => number
  readonly stores: RegionStores
  readonly log: LogSink
}
