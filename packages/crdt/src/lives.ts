/**
 * Lives: from opening a replica to closing it, it is one life of its actor id. Each life draws a number and says from which operation on it writes.
 *
 * If a life starts below what an earlier one has written, a backup was restored or an id copied, and two replicas give one name to different operations.
 * No digest of the operations is needed for that, so it works although their content is forgotten.
 */
export interface Life {
  /** The last operation before it. */
  readonly start: number
  /** 32 random bits. */
  readonly nonce: number
  /** The last operation that it is known to have made. */
  readonly upTo: number
}

/** Lives that are remembered per actor; older ones have been overtaken by what came after. */
const MOST_LIVES = 16

export interface Lives {
  readonly own: Life
  all(): readonly (readonly [actor: string, life: Life])[]
  /** The newest life of an actor has written up to here. */
  wrote(actor: string, upTo: number): void
  /** Takes in what a peer knows; the actor whose lives collide, if any. */
  learn(lives: readonly (readonly [actor: string, life: Life])[]): string | undefined
}

export function createLives(actor: string, own: Life): Lives {
  const known = new Map<string, Life[]>([[actor, [own]]])

  /** Two lives collide if the one that began earlier has written beyond where the other began. */
  function collide(list: readonly Life[]): boolean {
    return list.some((a) => list.some((b) => a.nonce !== b.nonce && a.start <= b.start && a.upTo > b.start && (a.start < b.start || b.upTo > b.start)))
  }

  function learnOne(id: string, life: Life): boolean {
    const list = known.get(id) ?? []
    const at = list.findIndex(({ nonce }) => nonce === life.nonce)
    if (at === -1) list.push(life)
    else if (life.upTo > list[at]!.upTo) list[at] = { ...list[at]!, upTo: life.upTo }
    list.sort((a, b) => a.start - b.start)
    if (list.length > MOST_LIVES) list.shift()
    known.set(id, list)
    return collide(list)
  }

  return {
    own,
    all: () => [...known].flatMap(([id, list]) => list.map((life) => [id, life] as const)),
    wrote(id, upTo) {
      const newest = id === actor ? own : known.get(id)?.at(-1)
      if (newest !== undefined) learnOne(id, { ...newest, upTo })
    },
    learn: (lives) => lives.find(([id, life]) => learnOne(id, life))?.[0],
  }
}
