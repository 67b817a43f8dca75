/** The table of actors of one replica: ids become small indices. Indices are local and never leave; whatever leaves or decides an order uses the ids. */
import { MAX_ACTORS } from '../ground/defaults.ts'

export interface Actors {
  readonly ids: string[]
  readonly indices: Map<string, number>
}

export function createActors(own: string): Actors {
  return { ids: [own], indices: new Map([[own, 0]]) }
}

export function indexOf(actors: Actors, id: string): number {
  const known = actors.indices.get(id)
  if (known !== undefined) return known
  if (actors.ids.length >= MAX_ACTORS) throw new RangeError(`A document has at most ${MAX_ACTORS} actors.`)
  actors.indices.set(id, actors.ids.length)
  return actors.ids.push(id) - 1
}

/** Actor order is by id on every replica: an order by local index would differ between replicas and tear them apart. */
export const compareActors = (ids: readonly string[], a: number, b: number): number => (a === b ? 0 : ids[a]! < ids[b]! ? -1 : 1)
