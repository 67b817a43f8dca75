import { floorNames, placeOf, rooms } from '../floors.ts'
import type { Floor } from '../floors.ts'
import type { Rule } from '../types.ts'

const advice: Readonly<Record<Floor, string>> = {
  ground: 'types, errors, options and defaults stand under everything: move what it needs down into ground/, or the thing that needs it up',
  core: 'the core is state and input in, state and decision out: take the value as an argument, or move the pure part down into core/',
  shell: 'the noun must not know its own front door or its adapters: import the file that defines the thing, and let the adapter hand itself in through an option',
  'front door': 'index.ts must not load an adapter, or everybody pays for its client: give the adapter a subpath in `exports` of its own',
  adapters: '',
}

/**
 * ground ← core ← shell ← front door ← adapters. A subpath entry that stands on the shell floor (`src/counter.ts`) is a
 * room of the shell that happens to have a door to the street: other rooms may import it, and it may not look up either.
 */
export const floors: Rule = {
  name: 'floors',
  promise: 'imports go down only: adapters → front door → shell → core → ground',
  *check(house) {
    for (const { source, place } of rooms(house)) {
      for (const entry of source.imports) {
        if (entry.target === undefined) continue
        const target = placeOf(entry.target)
        if (target === undefined || target.folder !== place.folder) continue
        const allowed = place.floor === 'adapters' || floorNames.indexOf(target.floor) <= floorNames.indexOf(place.floor)
        if (allowed) continue
        yield {
          file: source.path,
          line: entry.line,
          rule: 'floors',
          message: `${place.floor} imports ${target.room} of the ${target.floor}; imports go down only. Instead: ${advice[place.floor]}.`,
        }
      }
    }
  },
}
