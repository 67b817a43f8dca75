/** Tools for testing sagas and stores. */
export type { Store } from '../ground/store.ts'
