// Promise: a simulated region's disk keeps what was committed when its process dies, and a dead process writes nothing more.

import type { Env } from '@distrokit/chaos'
import { memoryStore, type Store } from '@distrokit/saga'
import { openDatabase, type Database } from '../stores/database.ts'
import type { RegionStores } from '../stores/stores.ts'

export interface RegionDisk {
  /** The stores as one life sees them. */
  mount(env: Env, alive: () => boolean): RegionStores
}

/** What a life that has ended throws when it goes on to the end of its turn; nobody hears it. */
export class Dead extends Error {
  override readonly name = 'Dead'
}

/** Milliseconds that a write takes. */
const writeMs = 2

export function createDisk(clock: { now(): number }): RegionDisk {
  let mark: number | undefined
  const sagas = memoryStore({ clock })
  const databases = new Map<string, Database>()
  return {
    mount(env, alive) {
      const living = (): void => {
        if (!alive()) throw new Dead(`life ${env.life} of ${env.name} has ended`)
      }
      return {
        mark: () => ({
          load: () => env.effect('clock.load', () => mark, writeMs),
          save: (next) => env.effect('clock.save', () => void (mark = next), writeMs),
        }),
        sagas: () => behindTheDisk(sagas, env),
        database(name, schema, durability) {
          const database = databases.get(name) ?? openDatabase(':memory:', schema, durability)
          databases.set(name, database)
          return {
            run: (sql, ...values) => (living(), database.run(sql, ...values)),
            get: (sql, ...values) => (living(), database.get(sql, ...values)),
            all: (sql, ...values) => (living(), database.all(sql, ...values)),
            transaction: (body) => (living(), database.transaction(body)),
            // The file stays for the next life.
            close: () => undefined,
          }
        },
      }
    },
  }
}

/** Every verb of the store takes its time and is a point at which a crash may strike; what goes in and out are copies. */
function behindTheDisk(store: Store, env: Env): Store {
  const verbs: Record<string, unknown> = { ...store }
  for (const [verb, act] of Object.entries(store)) {
    if (typeof act !== 'function' || verb === 'isGone' || verb === 'forget') continue
    verbs[verb] = (...sent: unknown[]) => {
      const copies = structuredClone(sent)
      return env.effect(`sagas.${verb}`, () => (act as (...sent: unknown[]) => unknown).apply(store, copies), writeMs).then((given) => structuredClone(given))
    }
  }
  return verbs as unknown as Store
}
