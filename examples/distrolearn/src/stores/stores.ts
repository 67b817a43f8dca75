// Promise: what outlives a region's process, and nothing else does.

import type { MarkStore } from '@distrokit/hlc/durable'
import type { Store as SagaStore } from '@distrokit/saga'
import type { OpenDatabase } from './database.ts'

/** Each is opened once a life. */
export interface RegionStores {
  /** The mark below which every stamp of earlier lives lies. */
  mark(): MarkStore & Partial<Disposable>
  sagas(): SagaStore
  readonly database: OpenDatabase
}
