/** Group commit: whatever the sagas of this process have to say at the same time goes to the store at once. No timer: company is what comes while a commit is under way. */
import { afterTurn } from './ground/clock.ts'
import { GATHER_HOPS, MAX_BATCH } from './ground/defaults.ts'
import type { Store, Write, Written } from './ground/store.ts'

/** Something that may have a write to make. It has at most one under way. */
export interface Writer {
  /** The write to make now, if any. */
  draw(): Write | undefined
  /** The store's answer to it. */
  drawn(answer: Written): void
  /** The store failed; whether the write was made is not known. */
  failed(error: unknown): void
}

export interface Committer {
  /** Says that this writer has something to write. */
  mark(writer: Writer): void
  /** Resolves when everything marked so far was answered. */
  idle(): Promise<void>
}

/** @param within gives up on an answer that does not come: whether the commit was made is not known, and it will be made again */
export function createCommitter(store: Store, within: <T>(answer: PromiseLike<T>) => Promise<T>): Committer {
  const marked = new Set<Writer>()
  const waiting: (() => void)[] = []
  let scheduled = false
  let underWay = 0

  function schedule(): void {
    if (scheduled || marked.size === 0 || underWay >= store.lanes) return
    scheduled = true
    if (store.gather === 'turn') return afterTurn(flush)
    void gather()
  }

  // Awaiting is how to hop: queueMicrotask makes an async resource each time.
  async function gather(): Promise<void> {
    for (let hop = 0; hop < GATHER_HOPS; hop++) await undefined
    flush()
  }

  function flush(): void {
    scheduled = false
    const writers: Writer[] = []
    const writes: Write[] = []
    for (const writer of marked) {
      marked.delete(writer)
      const write = writer.draw()
      if (write === undefined) continue
      writers.push(writer)
      writes.push(write)
      if (writes.length === MAX_BATCH) break
    }
    if (writes.length > 0) void send(writers, writes)
    else rest()
    schedule()
  }

  async function send(writers: Writer[], writes: Write[]): Promise<void> {
    underWay += 1
    try {
      let answers = store.commit(writes)
      if ('then' in answers) answers = await within(answers)
      underWay -= 1
      for (let index = 0; index < writers.length; index++) (writers[index] as Writer).drawn(answers[index] as Written)
    } catch (error) {
      underWay -= 1
      for (const writer of writers) writer.failed(error)
    }
    schedule()
    rest()
  }

  function rest(): void {
    if (underWay > 0 || marked.size > 0) return
    for (const resolve of waiting.splice(0)) resolve()
  }

  return {
    mark(writer) {
      marked.add(writer)
      schedule()
    },
    idle: () => new Promise((resolve) => {
      waiting.push(resolve)
      rest()
    }),
  }
}

/** Makes one write, in company with whatever else is being written. */
export function writeOnce(committer: Committer, write: Write): Promise<Written> {
  return new Promise((resolve, reject) => {
    let drawn = false
    committer.mark({
      draw() {
        if (drawn) return undefined
        drawn = true
        return write
      },
      drawn: resolve,
      failed: reject,
    })
  })
}
