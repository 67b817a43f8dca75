// A state that lasts three milliseconds would never be seen: each is shown for a while before the next.

import type { Turn } from '../../src/board/breakers.ts'

/** Long enough for an eye and for a screen reader's next look. */
export const lingerMs = 450

export interface Shown {
  readonly turn: Turn
  readonly sinceMs: number
}

/**
 * What to show next: one turn further at most, and only after the shown one had its time. A page that was held up shows
 * every turn all the same, later; it is behind by as many as a breaker remembers, at most.
 */
export const nextShown = (shown: Shown | undefined, turns: readonly Turn[], nowMs: number): Shown | undefined => {
  const latest = turns.at(-1)
  if (latest === undefined) return undefined
  if (shown === undefined) return { turn: latest, sinceMs: nowMs }
  const index = turns.findIndex(({ state, atMs }) => state === shown.turn.state && atMs === shown.turn.atMs)
  const following = turns[index + 1]
  return following === undefined || nowMs - shown.sinceMs < lingerMs ? shown : { turn: following, sinceMs: nowMs }
}
