/** Who waits for which result. A result is told after its commit, so every waiter hears what is durable. */
import { replay } from './core/state.ts'
import { NoSuchSaga } from './ground/errors.ts'
import type { Store } from './ground/store.ts'
import type { Codec } from './ground/types.ts'
import { outcomeOf, type Outcome } from './view.ts'

interface Waiting extends PromiseWithResolvers<unknown> {
  waiters: number
}

export interface Results {
  wait(id: string, signal: AbortSignal | undefined): Promise<unknown>
  /** The saga ended or got stuck here, and its last commit was made. */
  ended(id: string, outcome: () => Outcome): void
  /** Asks the store about those that are not `here`. */
  look(): Promise<void>
  close(reason: Error): void
}

export function createResults(store: Store, codec: Codec, here: (id: string) => boolean): Results {
  const all = new Map<string, Waiting>()
  let closed: Error | undefined

  function settle(id: string, outcome: ReturnType<typeof outcomeOf> | { readonly error: Error }): void {
    const waiting = all.get(id)
    if (outcome === undefined || waiting === undefined) return
    all.delete(id)
    if ('error' in outcome) waiting.reject(outcome.error)
    else waiting.resolve(outcome.value)
  }

  async function ask(id: string): Promise<void> {
    const loaded = await store.read(id)
    settle(id, loaded === undefined ? { error: new NoSuchSaga(id) } : outcomeOf({ ...loaded.row, folded: () => replay(loaded.log) }, codec))
  }

  function leave(id: string, waiting: Waiting): void {
    waiting.waiters -= 1
    if (waiting.waiters === 0 && all.get(id) === waiting) all.delete(id)
  }

  return {
    wait(id, signal) {
      if (signal?.aborted) return Promise.reject(signal.reason)
      if (closed !== undefined) return Promise.reject(closed)
      let waiting = all.get(id)
      if (waiting === undefined) {
        const { promise, resolve, reject } = Promise.withResolvers<unknown>()
        all.set(id, (waiting = { promise, resolve, reject, waiters: 0 }))
      }
      const mine = waiting
      mine.waiters += 1
      if (signal === undefined && here(id)) return mine.promise
      return new Promise((resolve, reject) => {
        const abort = (): void => fail(signal?.reason)
        const fail = (error: unknown): void => {
          signal?.removeEventListener('abort', abort)
          leave(id, mine)
          reject(error)
        }
        signal?.addEventListener('abort', abort, { once: true })
        mine.promise.then(resolve, reject).finally(() => signal?.removeEventListener('abort', abort))
        if (!here(id)) ask(id).catch(fail)
      })
    },
    ended(id, outcome) {
      if (all.has(id)) settle(id, outcomeOf(outcome(), codec))
    },
    async look() {
      for (const id of all.keys()) if (!here(id)) await ask(id)
    },
    close(reason) {
      closed = reason
      for (const waiting of all.values()) waiting.reject(reason)
      all.clear()
    },
  }
}
