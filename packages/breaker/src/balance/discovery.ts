import type { Handle } from '../listeners.ts'

/** Where hosts come from when they come and go: DNS, a registry, a file that is watched. */
export interface Discovery<H> {
  /** Calls the listener with the whole list, now or soon, and again whenever it has changed; until the handle is disposed of. */
  watch(listener: (hosts: readonly H[]) => void): Handle
}
