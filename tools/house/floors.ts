import type { House, Manifest, Source } from './types.ts'

/** The floors of a package, lowest first. An import may go down, never up. */
export const floorNames = ['ground', 'core', 'shell', 'front door', 'adapters'] as const
export type Floor = (typeof floorNames)[number]

/** Where a file stands: its package's folder, its path under `src/`, its floor. */
export interface Place {
  readonly folder: string
  readonly room: string
  readonly floor: Floor
}

/** The place of a file of a package's `src/`; nothing for every other file. */
export function placeOf(path: string): Place | undefined {
  const match = /^(packages\/[^/]+)\/src\/(.+)$/.exec(path)
  if (match === null) return undefined
  const room = match[2] ?? ''
  return { folder: match[1] ?? '', room, floor: floorOf(room) }
}

function floorOf(room: string): Floor {
  if (room === 'index.ts') return 'front door'
  const first = room.split('/')[0]
  if (first === 'ground' || first === 'core' || first === 'adapters') return first
  return 'shell'
}

/** The packages that are published: those under `packages/`. */
export function packagesOf(house: House): readonly Manifest[] {
  return house.manifests.filter((manifest) => /^packages\/[^/]+$/.test(manifest.folder))
}

/** Sources of all packages, with their places. */
export function* rooms(house: House): Iterable<{ readonly source: Source; readonly place: Place }> {
  for (const source of house.sources) {
    const place = placeOf(source.path)
    if (place !== undefined) yield { source, place }
  }
}

/** The front doors of a package: subpath → path of its source in the repository. */
export function doorsOf(manifest: Manifest): ReadonlyMap<string, string> {
  const doors = new Map<string, string>()
  for (const [subpath, target] of Object.entries(manifest.json.exports ?? {})) {
    if (typeof target === 'object' && target.source !== undefined) doors.set(subpath, manifest.folder + target.source.replace(/^\./, ''))
  }
  return doors
}
