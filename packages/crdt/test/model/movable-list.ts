/**
 * The slow model of movable lists: a sequence of slots, of which each element has the one of its last move by stamp, unless anybody has deleted it.
 * It shares no code with the package.
 */
import { insertBehind, orderOf, shown, standing, type Item, type Message } from './sequence.ts'

export interface Move {
  readonly element: string
  readonly slot: Item
}

/** One change. All its moves have one stamp, above the largest that the writer had heard of. */
export interface MovableMessage extends Message {
  readonly stamp: number
  /** In the order of their making; the first of an element is its insertion. */
  readonly moves: Move[]
  readonly born: string[]
  readonly ended: string[]
}

/** `clock` is what the writer's clock says, if it has one and that is ahead of all that it has heard of. */
export function createMessage(actor: string, heard: Iterable<MovableMessage>, clock = 0): MovableMessage {
  const seen = Math.max(0, ...[...standing(heard)].map(({ moves, stamp }) => (moves.length > 0 ? stamp : 0)))
  return { made: [], gone: [], moves: [], born: [], ended: [], actor, stamp: Math.max(seen + 1, clock) }
}

/** The slots that elements stand in, in order. */
export function places(heard: Iterable<MovableMessage>): Move[] {
  const messages = [...standing(heard)].sort((a, b) => a.stamp - b.stamp || (a.actor < b.actor ? -1 : 1))
  const last = new Map(messages.flatMap(({ moves }) => moves.map((move) => [move.element, move] as const)))
  const lives = (element: string): boolean => messages.some(({ born }) => born.includes(element)) && !messages.some(({ ended }) => ended.includes(element))
  const alive = [...last.values()].filter(({ element }) => lives(element))
  return orderOf(messages).flatMap((item) => alive.filter(({ slot }) => slot === item))
}

export const elements = (heard: Iterable<MovableMessage>): string[] => places(heard).map(({ element }) => element)

/** Gives an element a slot at an index among the others, and gives up those that it is known to have. */
function settle(message: MovableMessage, heard: Iterable<MovableMessage>, element: string, index: number): void {
  const known = standing(heard)
  const others = places(heard).filter((place) => place.element !== element)
  const old = slotsOf(known, element)
  const [slot] = insertBehind(message, known, others[index - 1]?.slot, [element])
  message.moves.push({ element, slot: slot! })
  message.gone.push(...old)
}

const slotsOf = (known: Iterable<MovableMessage>, element: string): Item[] => shown(known).filter(({ content }) => content === element)

export function insert(message: MovableMessage, heard: Iterable<MovableMessage>, element: string, index: number): void {
  settle(message, heard, element, index)
  message.born.push(element)
}

export const move = (message: MovableMessage, heard: Iterable<MovableMessage>, from: number, to: number): void => settle(message, heard, elements(heard)[from]!, to)

export function remove(message: MovableMessage, heard: Iterable<MovableMessage>, index: number): void {
  const element = elements(heard)[index]!
  message.gone.push(...slotsOf(standing(heard), element))
  message.ended.push(element)
}
