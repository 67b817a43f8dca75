/**
 * Keeping a document: a log of changes over a snapshot, in any store that can append and replace.
 *
 * Every change is appended as it is made; from time to time the log is folded into a new snapshot, in one atomic step. A crash between the two loses
 * nothing and doubles nothing, because taking in a change twice is the same as once.
 * @module
 */
import type { Type } from './core/schema.ts'
import type { Doc, DocOptions } from './doc.ts'
import { createDoc } from './document.ts'
import { checkOptions, show } from './ground/options.ts'
import { insideOf, type Step } from './inside.ts'

/** What a store must do. Each call is durable when it is done; calls are never made at the same time. */
export interface Storage {
  /** The snapshot, if any, and then the changes in the order in which they were appended. */
  load(): Promise<readonly Uint8Array[]> | readonly Uint8Array[]
  append(change: Uint8Array): Promise<void> | void
  /** Puts a snapshot in the place of the old one and of the first `folded` changes, all or nothing. */
  replace(snapshot: Uint8Array, folded: number): Promise<void> | void
}

export interface KeepOptions extends DocOptions {
  /** Changes in the log before it is folded, 1 to 1 000 000. Default 1000. */
  readonly foldAfter?: number
  /** Told when a write failed. The change stays in the document and is written again with the next one. Default: `flush()` rejects with it. */
  readonly onError?: (error: unknown) => void
}

export interface Kept<T extends Type> extends AsyncDisposable {
  readonly doc: Doc<T>
  /** Done when everything until now is durable; rejects if it is not. */
  flush(): Promise<void>
}

/** Opens a document from a store, and keeps it there from then on. */
export async function keepDoc<T extends Type>(schema: T, storage: Storage, options: KeepOptions): Promise<Kept<T>> {
  const { foldAfter = 1000, onError, ...rest } = options
  checkOptions(rest, ['actor', 'id', 'clock', 'bufferSize', 'maxPendingBytes'], 'keepDoc')
  if (!Number.isInteger(foldAfter) || foldAfter < 1 || foldAfter > 1_000_000) throw new RangeError(`foldAfter is a whole number from 1 to 1000000; got ${show(foldAfter)}.`)
  // The clock is not asked about what was taken in before: its drift was judged then.
  const doc = createDoc(schema, rest)
  const inside = insideOf(doc)
  const kept = await storage.load()
  for (const bytes of kept) inside.restore(bytes)

  let inLog = kept.length
  const queue: Uint8Array[] = []
  let failure: unknown
  let running: Promise<void> | undefined

  async function write(): Promise<void> {
    while (queue.length > 0) {
      await storage.append(queue[0]!)
      queue.shift()
      if (++inLog < foldAfter) continue
      // The snapshot may hold changes that are still queued: appending them again later does no harm.
      const folded = inLog
      await storage.replace(doc.save(), folded)
      inLog = 0
    }
  }

  function start(): void {
    running ??= write().then(() => { failure = undefined }, (error: unknown) => {
      failure = error
      onError?.(error)
    }).finally(() => { running = undefined })
  }

  const watch = (step: Step): void => {
    // Bytes are made now: later they would tell of later changes, of which the store may never hear.
    queue.push(step.bytes())
    start()
  }

  async function flush(): Promise<void> {
    if (queue.length > 0) start()
    await running
    if (queue.length > 0) throw failure
  }

  inside.watchers.add(watch)
  return {
    doc,
    flush,
    async [Symbol.asyncDispose]() {
      inside.watchers.delete(watch)
      await flush()
    },
  }
}

/** A store that lives as long as the process: for tests. */
export function memoryStorage(): Storage {
  let snapshot: Uint8Array[] = []
  let log: Uint8Array[] = []
  return {
    load: () => [...snapshot, ...log],
    append: (change) => void log.push(change.slice()),
    replace(bytes, folded) {
      snapshot = [bytes.slice()]
      log = log.slice(folded)
    },
  }
}
