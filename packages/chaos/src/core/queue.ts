/** Something that is due. Belongs to the queue that made it. */
export interface Entry<T> {
  readonly at: number
  /** Ties are broken by age, which makes the order total. */
  readonly order: number
  readonly value: T
  state: 'waiting' | 'cancelled' | 'taken'
}

/** Entries by time, then by age: a binary heap with lazy cancelling. `push` and `pop` cost O(log n), `cancel` O(1) on average. */
export interface Queue<T> {
  /** How many entries wait; cancelled ones do not count. */
  readonly size: number
  push(at: number, value: T): Entry<T>
  /** The earliest entry, or undefined when nothing waits. */
  peek(): Entry<T> | undefined
  /** Takes the earliest entry out. */
  pop(): Entry<T> | undefined
  cancel(entry: Entry<T>): void
  /** What waits, earliest first, for people to read. */
  list(): Entry<T>[]
}

const before = (one: Entry<unknown>, other: Entry<unknown>): boolean => one.at < other.at || (one.at === other.at && one.order < other.order)

export function createQueue<T>(): Queue<T> {
  let heap: Entry<T>[] = []
  let ordered = 0
  let cancelled = 0

  function rise(from: number): void {
    let at = from
    const entry = heap[at] as Entry<T>
    while (at > 0) {
      const parent = (at - 1) >> 1
      const above = heap[parent] as Entry<T>
      if (!before(entry, above)) break
      heap[at] = above
      at = parent
    }
    heap[at] = entry
  }

  function sink(from: number): void {
    let at = from
    const entry = heap[at] as Entry<T>
    for (;;) {
      let child = 2 * at + 1
      if (child >= heap.length) break
      if (child + 1 < heap.length && before(heap[child + 1] as Entry<T>, heap[child] as Entry<T>)) child++
      const below = heap[child] as Entry<T>
      if (!before(below, entry)) break
      heap[at] = below
      at = child
    }
    heap[at] = entry
  }

  function removeTop(): Entry<T> | undefined {
    const top = heap[0]
    const last = heap.pop()
    if (last !== undefined && last !== top) {
      heap[0] = last
      sink(0)
    }
    return top
  }

  const queue: Queue<T> = {
    get size() {
      return heap.length - cancelled
    },
    push(at, value) {
      const entry: Entry<T> = { at, order: ordered++, value, state: 'waiting' }
      heap.push(entry)
      rise(heap.length - 1)
      return entry
    },
    peek() {
      while (heap[0]?.state === 'cancelled') {
        removeTop()
        cancelled--
      }
      return heap[0]
    },
    pop() {
      const top = queue.peek()
      if (top === undefined) return undefined
      removeTop()
      top.state = 'taken'
      return top
    },
    cancel(entry) {
      if (entry.state !== 'waiting') return
      entry.state = 'cancelled'
      cancelled++
      // A caller that sets and cancels a far time-out per call must not make the heap grow: rebuild once half of it is dead.
      if (cancelled > 64 && cancelled * 2 > heap.length) {
        heap = heap.filter((kept) => kept.state === 'waiting')
        cancelled = 0
        for (let at = (heap.length >> 1) - 1; at >= 0; at--) sink(at)
      }
    },
    list: () => heap.filter((entry) => entry.state === 'waiting').sort((one, other) => (before(one, other) ? -1 : 1)),
  }
  return queue
}
