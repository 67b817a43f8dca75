/** For authors of stores: a backend that decides one key's calls atomically becomes a store. Prove yours with the suite in `./testing`. */
import { openShared } from '../shared/limiter.ts'
import type { Backend, Store } from '../ground/store.ts'

export type { Backend, Call, Measure, Reply, Store } from '../ground/store.ts'

/** A store over a backend. The backend must read, let time flow, apply the calls in order and write in one atomic step, by its own clock. */
export function defineStore(backend: Backend): Store {
  if (typeof backend?.run !== 'function') throw new TypeError('defineStore: expected an object with run(key, measures, calls).')
  return { open: (limits, options) => openShared(backend, limits, options) }
}
