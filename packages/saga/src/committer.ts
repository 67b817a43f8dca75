/** Group commit: whatever the sagas of this process have to say at the same time goes to the store at once. No timer: company is what comes while a commit is under way. */
import { afterTurn } from './ground/clock.ts'
import { GATHER_HOPS, MAX_BATCH } from './ground/defaults.ts'
import type { Store, Write, Written } from './ground/store.ts'

/** Something that may have a write to make. It has at most one under way. */
export interface Writer {
  /** The committer's: the hop at which it waits for company no longer, `NEVER` while it has nothing to write. */
  due: number
  /** The write to make now, if any. */
  draw(): Write | undefined
  /** The store's answer to it. */
  drawn(answer: Written): void
  /** The store failed; whether the write was made is not known. */
  failed(error: unknown): void
}

export const NEVER: number = Infinity

export interface Committer {
  /** Says that this writer has something to write. `more`: its saga's code is running, and what it asks for next belongs into the same commit. */
  mark(writer: Writer, more?: boolean): void
  /** Resolves when everything marked so far was answered. */
  idle(): Promise<void>
}

/** @param within gives up on an answer that does not come: whether the commit was made is not known, and it will be made again */
export function createCommitter(store: Store, within: <T>(answer: PromiseLike<T>) => Promise<T>): Committer {
  // Following it is how to hop: queueMicrotask makes an async resource each time.
  const here = Promise.resolve()
  let marked: Writer[] = []
  const waiting: (() => void)[] = []
  let scheduled = false
  let underWay = 0
  let hop = 0
  /** The first hop at which somebody is to be written. */
  let first = NEVER

  function schedule(): void {
    if (scheduled || marked.length === 0 || underWay >= store.lanes) return
    scheduled = true
    if (store.gather === 'turn') afterTurn(flush)
    else void here.then(gather)
  }

  function gather(): void {
    if (++hop < first) void here.then(gather)
    else flush()
  }

  function flush(): void {
    const now = store.gather === 'turn' ? NEVER : hop
    const writers = marked
    const writes: Write[] = []
    scheduled = false
    marked = []
    first = NEVER
    for (const writer of writers) {
      if (writer.due > now || writes.length === MAX_BATCH) {
        marked.push(writer)
        first = Math.min(first, writer.due)
        continue
      }
      writer.due = NEVER
      const write = writer.draw()
      // Those that have something to write move up to its place.
      if (write !== undefined) writers[writes.push(write) - 1] = writer
    }
    writers.length = writes.length
    if (writes.length > 0) send(writers, writes)
    schedule()
    rest()
  }

  function send(writers: readonly Writer[], writes: readonly Write[]): void {
    let answers: ReturnType<Store['commit']>
    try {
      answers = store.commit(writes)
    } catch (error) {
      return failed(writers, error)
    }
    if (!('then' in answers)) return drawn(writers, answers)
    underWay += 1
    const after = <T>(then: (writers: readonly Writer[], answer: T) => void) => (answer: T): void => {
      underWay -= 1
      then(writers, answer)
      schedule()
      rest()
    }
    within(answers).then(after(drawn), after(failed))
  }

  function rest(): void {
    if (waiting.length > 0 && underWay === 0 && marked.length === 0) for (const resolve of waiting.splice(0)) resolve()
  }

  return {
    mark(writer, more) {
      const due = hop + (more === true ? GATHER_HOPS : 1)
      if (writer.due === NEVER) {
        // Most often it is the only one, and a literal is no larger than what it holds.
        if (marked.length === 0) marked = [writer]
        else marked.push(writer)
      }
      if (due < writer.due) writer.due = due
      if (due < first) first = due
      schedule()
    },
    idle: () => new Promise((resolve) => {
      waiting.push(resolve)
      rest()
    }),
  }
}

function drawn(writers: readonly Writer[], answers: readonly Written[]): void {
  for (let index = 0; index < writers.length; index++) (writers[index] as Writer).drawn(answers[index] as Written)
}

function failed(writers: readonly Writer[], error: unknown): void {
  for (const writer of writers) writer.failed(error)
}

/** Makes one write, in company with whatever else is being written. */
export function writeOnce(committer: Committer, write: Write): Promise<Written> {
  return new Promise((resolve, reject) => {
    let drawn = false
    committer.mark({
      due: NEVER,
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
