// Promise: replication lag is counted in changes, from the version vectors alone.

import type { RegionName } from '../ground/regions.ts'

/** Changes seen by actor; where some are missing, only the first number has no hole below it. */
export type Version = Readonly<Record<string, number | readonly number[]>>
export type Versions = Readonly<Partial<Record<RegionName, Version>>>

/** How many of the changes that any replica has each one still lacks. A region that has not spoken is left out. */
export const changesBehind = (versions: Versions): Readonly<Partial<Record<RegionName, number>>> => {
  const newest: Record<string, number> = {}
  const counted = (known: Version[string] = 0): number => (typeof known === 'number' ? known : (known[0] ?? 0))
  for (const version of Object.values(versions))
    for (const [actor, known] of Object.entries(version)) newest[actor] = Math.max(newest[actor] ?? 0, counted(known))
  const lacking = (version: Version): number =>
    Object.entries(newest).reduce((sum, [actor, count]) => sum + count - counted(version[actor]), 0)
  return Object.fromEntries(Object.entries(versions).map(([name, version]) => [name, lacking(version)]))
}

/** What the replica furthest behind lacks. */
export const worstLag = (versions: Versions): number => Math.max(0, ...Object.values(changesBehind(versions)))
