import { checkNode } from './core/node.ts'
import { MAX_ENTRIES, MAX_NODES } from './ground/defaults.ts'
import { checkRest, checkWhole } from './ground/check.ts'

export interface RosterOptions {
  /** Nodes remembered, 1 or more; at the bound the one that was silent longest is forgotten. Default 1 024. */
  readonly maxNodes?: number | undefined
}

/** `new`: first seen. `known`: as before. `restarted`: a new life of a known node. `conflict`: an earlier life spoke again. */
export type Presence = 'new' | 'known' | 'restarted' | 'conflict'

/** Who has been heard of, and in which life: finds two nodes that share an id. */
export interface Roster {
  readonly size: number
  /**
   * @param node the id in the stamps
   * @param life anything drawn anew at each start of that node (a UUID), sent along when a connection opens
   */
  observe(node: string, life: string): Presence
}

/**
 * A node that restarts goes from one life to the next and never back. So a life that speaks again after a later one was heard can only
 * be a second node with the same id: certain, without clocks, and from what any third party hears. The clock itself tells the other
 * half (`conflict`): a stamp with its own id that it never issued.
 */
export function createRoster(options: RosterOptions = {}): Roster {
  const { maxNodes = MAX_NODES, ...rest } = options
  checkRest(rest)
  checkWhole('maxNodes', maxNodes, 1, MAX_ENTRIES)
  // Insertion order is order of last hearing. Two lives each are enough: an older pair cannot alternate without the newest one.
  const lives = new Map<string, { readonly now: string; readonly before: string | undefined }>()
  return {
    get size() {
      return lives.size
    },
    observe(node, life) {
      checkNode(node)
      const seen = lives.get(node)
      lives.delete(node)
      if (lives.size >= maxNodes) lives.delete(lives.keys().next().value!)
      if (seen === undefined || seen.now === life) {
        lives.set(node, seen ?? { now: life, before: undefined })
        return seen === undefined ? 'new' : 'known'
      }
      lives.set(node, { now: life, before: seen.now })
      return seen.before === life ? 'conflict' : 'restarted'
    },
  }
}
