import type { Backend, Store } from '../ground/store.ts'
import { openShared } from './limiter.ts'

/** A store over a backend. The backend must read, let time flow, apply the calls in order and write in one atomic step, by its own clock. */
export function defineStore(backend: Backend): Store {
  if (typeof backend?.run !== 'function') throw new TypeError('defineStore: expected an object with run(key, measures, calls).')
  return { open: (limits, options) => openShared(backend, limits, options) }
}
