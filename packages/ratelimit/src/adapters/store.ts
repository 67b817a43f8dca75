/** For authors of stores: a backend that decides one key's calls atomically becomes a store. Prove yours with the suite in `./testing`. */
export type { Backend, Call, Measure, Reply, Store } from '../ground/store.ts'
export { defineStore } from '../shared/store.ts'
