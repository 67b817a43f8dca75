// Promise: supervisor and region processes say to each other only what stands here.

import type { DemoEvent } from '../telemetry/events.ts'
import type { RegionCommand } from './commands.ts'
import type { RegionConfig } from '../ground/config.ts'
import type { Inspection } from './inspection.ts'

/** Where and how a region's process lives. */
export interface Place {
  /** A folder of the region's own. */
  readonly directory: string
  readonly seed: string
  /** 0: any free port. A restarted region keeps the port it had. */
  readonly port: number
  /** Wall clock error that the supervisor has given this region, milliseconds. */
  readonly skewMs: number
}

export type ToRegion =
  | { readonly type: 'start'; readonly config: RegionConfig; readonly place: Place }
  | { readonly type: 'command'; readonly command: RegionCommand }
  | { readonly type: 'skew'; readonly offsetMs: number }
  | { readonly type: 'inspect'; readonly ask: number; readonly courses: readonly string[] }
  | { readonly type: 'close' }

export type FromRegion =
  | { readonly type: 'ready'; readonly port: number }
  | { readonly type: 'events'; readonly events: readonly DemoEvent[] }
  | { readonly type: 'inspected'; readonly ask: number; readonly inspection: Inspection }
  | { readonly type: 'broken'; readonly message: string }
