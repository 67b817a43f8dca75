/** Who waits for which result. A result is told after its commit, so every waiter hears what is durable. */
import { replay } from './core/state.ts'
import { NoSuchSaga } from './ground/errors.ts'
import type { Store } from './ground/store.ts'
import type { Codec } from './ground/types.ts'
import { outcomeOf, type Outcome } from './view.ts'

interface Waiter {
  resolve(value: unknown): void
  reject(error: unknown): void
}

export interface Results {
  wait(id: string, signal: AbortSignal | undefined): Promise<unknown>
  /** The saga ended or got stuck here, and its last commit was made. */
  ended(id: string, loaded: Outcome): void
  /** Asks the store about those that are not `here`. */
  look(): Promise<void>
  close(reason: Error): void
}

export function createResults(store: Store, codec: Codec, here: (id: string) => boolean): Results {
  const waiters = new Map<string, Set<Waiter>>()
  let closed: Error | undefined

  async function ask(id: string): Promise<void> {
    const loaded = await store.read(id)
    const waiting = waiters.get(id)
    if (waiting === undefined) return
    settle(id, waiting, loaded === undefined ? { error: new NoSuchSaga(id) } : outcomeOf({ ...loaded.row, folded: () => replay(loaded.log) }, codec))
  }

  function settle(id: string, waiting: Set<Waiter>, outcome: ReturnType<typeof outcomeOf> | { readonly error: Error }): void {
    if (outcome === undefined) return
    waiters.delete(id)
    for (const waiter of waiting) {
      if ('error' in outcome) waiter.reject(outcome.error)
      else waiter.resolve(outcome.value)
    }
  }

  return {
    async wait(id, signal) {
      signal?.throwIfAborted()
      if (closed !== undefined) throw closed
      const { promise, resolve, reject } = Promise.withResolvers<unknown>()
      const waiter = { resolve, reject }
      const set = waiters.get(id) ?? new Set()
      waiters.set(id, set.add(waiter))
      const abort = (): void => {
        set.delete(waiter)
        if (set.size === 0 && waiters.get(id) === set) waiters.delete(id)
        reject(signal?.reason)
      }
      signal?.addEventListener('abort', abort, { once: true })
      // Not awaited: another's question may settle this promise meanwhile, and a rejection must find us listening.
      if (!here(id)) void ask(id).catch(abortWith)
      try {
        return await promise
      } finally {
        signal?.removeEventListener('abort', abort)
      }
      function abortWith(error: unknown): void {
        set.delete(waiter)
        reject(error)
      }
    },
    ended(id, outcome) {
      const waiting = waiters.get(id)
      if (waiting !== undefined) settle(id, waiting, outcomeOf(outcome, codec))
    },
    async look() {
      for (const id of waiters.keys()) if (!here(id)) await ask(id)
    },
    close(reason) {
      closed = reason
      for (const set of waiters.values()) for (const waiter of set) waiter.reject(reason)
      waiters.clear()
    },
  }
}
