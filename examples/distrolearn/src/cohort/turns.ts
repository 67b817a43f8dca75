// Promise: never more than so many at once, first come first served.

export interface Turns {
  take<T>(body: () => Promise<T>): Promise<T>
  /** Resolves when nobody has to wait for a turn. */
  quiet(): Promise<void>
}

export function createTurns(limit: number): Turns {
  const queue: (() => void)[] = []
  let active = 0
  let watchers: (() => void)[] = []
  const next = (): void => {
    const first = queue.shift()
    if (first !== undefined) return first()
    active -= 1
    for (const wake of watchers) wake()
    watchers = []
  }
  return {
    async take(body) {
      if (active < limit) active += 1
      else await new Promise<void>((resolve) => queue.push(resolve))
      try {
        return await body()
      } finally {
        next()
      }
    },
    async quiet() {
      while (active >= limit || queue.length > 0) await new Promise<void>((resolve) => watchers.push(resolve))
    },
  }
}
