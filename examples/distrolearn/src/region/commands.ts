// Promise: what a running region may be told by its supervisor, as plain data.

import type { RegionName } from '../ground/regions.ts'

/** The weather of a link; what is left out stays as it is. Shares are 0..1, durations milliseconds each way. */
export interface LinkWeather {
  readonly latencyMs?: number
  readonly jitterMs?: number
  readonly loss?: number
  readonly cut?: boolean
  readonly corrupt?: number
  readonly reorder?: number
  readonly duplicate?: number
}

export type RegionCommand =
  | { readonly type: 'addresses'; readonly addresses: Readonly<Partial<Record<RegionName, string>>> }
  | { readonly type: 'link'; readonly peer: RegionName; readonly weather: LinkWeather }
  | { readonly type: 'slow-database'; readonly delayMs: number }
  | { readonly type: 'preference'; readonly learner: string; readonly key: string; readonly value: string }
