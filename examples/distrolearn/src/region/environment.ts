// Promise: the whole outside world of a region comes in here, so that the same code runs in a process and in a simulated world.

import type { Emit } from '../telemetry/events.ts'

export interface RegionEnvironment {
  /** `now` is the region's own, possibly wrong, wall clock. */
  readonly clock: { now(): number; monotonic(): number; after(ms: number, run: () => void): { cancel(): void } }
  readonly random: () => number
  readonly fetch: typeof fetch
  readonly emit: Emit
  /** Milliseconds on a clock that all processes of the machine share, for checks that span lives; no part of the region decides by it. */
  readonly trueTime: () => number
}
