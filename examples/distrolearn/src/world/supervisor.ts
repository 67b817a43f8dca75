// Promise: whoever rules over the regions can do this to them, whether they are processes or nodes of a simulated world.

import type { RegionConfig } from '../ground/config.ts'
import type { RegionCommand } from '../region/commands.ts'
import type { Inspection } from '../region/inspection.ts'
import type { RegionName } from '../ground/regions.ts'
import type { DemoEvent } from '../telemetry/events.ts'

/** What all regions are told alike. */
export type SharedConfig = Omit<RegionConfig, 'name' | 'life'>

export interface Supervisor {
  readonly addresses: Readonly<Record<RegionName, string>>
  /** Kills the region without a warning; it is started again a moment later. Resolves when it answers. */
  kill(region: RegionName): Promise<void>
  command(region: RegionName, command: RegionCommand): void
  /** Sets a region's wall clock off by so many milliseconds. */
  skew(region: RegionName, offsetMs: number): void
  inspect(region: RegionName, courses: readonly string[]): Promise<Inspection>
  isUp(region: RegionName): boolean
  readonly kills: number
  close(): Promise<void>
}

export interface SupervisorOptions {
  readonly shared: SharedConfig
  readonly onEvents: (events: readonly DemoEvent[]) => void
  /** Gives up starting. */
  readonly signal: AbortSignal
}
