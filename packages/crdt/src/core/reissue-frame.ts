/** Reissuing a frame: its spans here, its parts by their kinds. */
import type { LocalSpan } from './context.ts'
import { createContext, include } from './context.ts'
import type { Part } from './node.ts'
import type { Frame } from './parse.ts'
import type { Plan } from './plan.ts'
import { reissuePart, type Reissue } from './reissue.ts'

/** A whole frame with its operations reissued, ready to be absorbed by an empty replica of the new author. */
export function reissueFrame(frame: Frame, reissue: Reissue): Frame {
  const { from, above } = reissue
  const spans = frame.spans.flatMap((span): LocalSpan[] => {
    if (span.actor !== from || span.to <= above) return [span]
    const moved = { actor: 0, from: Math.max(span.from, above + 1) - above, to: span.to - above }
    return span.from <= above ? [{ ...span, to: above }, moved] : [moved]
  })
  const context = createContext()
  for (const span of spans) include(context, span.actor, span.from, span.to)
  const parts = frame.parts.map(({ plan, keys, part }): { plan: Plan; keys: readonly string[]; part: Part } => (
    { plan, keys, part: reissuePart(plan, keys, part, reissue) }))
  return { ...frame, spans, context, seen: context, dead: [], parts }
}
