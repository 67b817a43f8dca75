/**
 * The slow model of texts and lists: Fugue as its paper defines it, worked out from two neighbours per item. It shares no code with the package.
 *
 * An item knows what stood just before it and just after it (tombstones included) in the whole order of its writer. Where the one after hangs under the one
 * before, the new item becomes its left child; else it becomes the right child of the one before. A replica is the set of messages it was given.
 */
export interface Item {
  readonly actor: string
  /** Order among the actor's own items. */
  readonly number: number
  readonly content: unknown
  /** Undefined: the beginning, to the right of which everything hangs. */
  readonly parent: Item | undefined
  readonly side: 'left' | 'right'
}

/** One change: the items that it made and those that it deleted. Either way it tells where they hang. */
export interface Message {
  readonly actor: string
  readonly made: Item[]
  readonly gone: Item[]
}

const isUnder = (item: Item | undefined, top: Item | undefined): boolean => item === top || (item !== undefined && isUnder(item.parent, top))

const compareItems = (a: Item, b: Item): number => (a.actor === b.actor ? a.number - b.number : a.actor < b.actor ? -1 : 1)

const named = ({ made, gone }: Message): Item[] => [...made, ...gone]

/** The messages that can be understood: what they name hangs on something that is known, or named beside it. The others wait. */
export function standing<M extends Message>(heard: Iterable<M>): Set<M> {
  const stand = new Set<M>()
  const known = new Set<Item | undefined>([undefined])
  for (let before = -1; before < stand.size;) {
    before = stand.size
    for (const message of heard) {
      if (!named(message).every(({ parent }) => known.has(parent) || named(message).some((item) => item === parent))) continue
      stand.add(message)
      for (const item of named(message)) known.add(item)
    }
  }
  return stand
}

/** All items in reading order, tombstones included. */
export function orderOf(messages: Iterable<Message>): Item[] {
  const items = new Set([...messages].flatMap(named))
  const children = (parent: Item | undefined, side: Item['side']): Item[] => [...items].filter((item) => item.parent === parent && item.side === side).sort(compareItems)
  const walk = (item: Item): Item[] => [...children(item, 'left').flatMap(walk), item, ...children(item, 'right').flatMap(walk)]
  return children(undefined, 'right').flatMap(walk)
}

/** What was made and not deleted, in reading order. */
export function shown(messages: Iterable<Message>): Item[] {
  const gone = new Set([...messages].flatMap((message) => message.gone))
  return orderOf(messages).filter((item) => !gone.has(item))
}

/** Puts a run behind an item (undefined: at the beginning): each item of it stands between the one before and what stood there already. */
export function insertBehind(message: Message, messages: Iterable<Message>, behind: Item | undefined, contents: readonly unknown[]): Item[] {
  const { actor } = message
  const order = orderOf(messages)
  const next = order[behind === undefined ? 0 : order.indexOf(behind) + 1]
  let number = Math.max(0, ...order.map((item) => (item.actor === actor ? item.number : 0)))
  let last = behind
  return contents.map((content) => {
    const place = next !== undefined && isUnder(next, last) ? { parent: next, side: 'left' as const } : { parent: last, side: 'right' as const }
    last = { actor, number: ++number, content, ...place }
    message.made.push(last)
    return last
  })
}
