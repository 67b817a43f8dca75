// Promise: in a process, all that a region keeps lies in files of one folder.

import { sqliteStore as sqliteMark } from '@distrokit/hlc/durable/sqlite'
import { sqliteStore as sqliteSagas } from '@distrokit/saga/sqlite'
import { openDatabase } from './database.ts'
import type { RegionStores } from './stores.ts'

export function storesIn(directory: string): RegionStores {
  return {
    mark: () => sqliteMark({ path: `${directory}/clock.db` }),
    sagas: () => sqliteSagas({ path: `${directory}/sagas.db`, durability: 'full' }),
    database: (name, schema, durability) => openDatabase(`${directory}/${name}.db`, schema, durability),
  }
}
