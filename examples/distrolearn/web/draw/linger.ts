// A state that lasts three milliseconds would never be seen: each is shown for a while before the next.

import type { Turn } from '../../src/board/breakers.ts'

/** Long enough for an eye and for a screen reader's next look. */
export const lingerMs = 450

/** Which of the turns to show at `nowMs`: each from its own time on, but never before the one ahead of it was shown for `lingerMs`. */
export const shownTurn = (turns: readonly Turn[], nowMs: number): Turn | undefined => {
  let shown = turns[0]
  let shownFromMs = shown?.atMs ?? 0
  for (const turn of turns.slice(1)) {
    const fromMs = Math.max(turn.atMs, shownFromMs + lingerMs)
    if (fromMs > nowMs) break
    shown = turn
    shownFromMs = fromMs
  }
  return shown
}
