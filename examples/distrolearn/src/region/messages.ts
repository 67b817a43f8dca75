// Promise: supervisor and region processes say to each other only what stands here.

import type { DemoEvent } from '../telemetry/events.ts'
import type { RegionCommand } from './commands.ts'
import type { RegionConfig } from '../ground/config.ts'
import type { Inspection } from './inspection.ts'

export type ToRegion =
  | { readonly type: 'start'; readonly config: RegionConfig }
  | { readonly type: 'command'; readonly command: RegionCommand }
  | { readonly type: 'skew'; readonly offsetMs: number }
  | { readonly type: 'inspect'; readonly ask: number; readonly courses: readonly string[] }
  | { readonly type: 'close' }

export type FromRegion =
  | { readonly type: 'ready'; readonly port: number }
  | { readonly type: 'events'; readonly events: readonly DemoEvent[] }
  | { readonly type: 'inspected'; readonly ask: number; readonly inspection: Inspection }
  | { readonly type: 'broken'; readonly message: string }
