// Dots on canvas. A kind is a colour and a shape, so that neither has to be told apart alone.

import { type Edges, pointOn } from './edges.ts'
import { type Dot, type DotKind, progress } from './swarm.ts'

export type Ink = Readonly<Record<DotKind | 'text' | 'surface', string>>

/** Two lanes to a line, one per direction; gossip keeps to the middle. At the gateways the refused fall past the plate's edge. */
const laneOf = (dot: Dot): number => {
  if (dot.edge.startsWith('learners')) return dot.kind === 'refused' ? 26 : 0
  return dot.kind === 'gossip' ? 0 : 4
}

export const placeOf = (dot: Dot, edges: Edges, nowMs: number, steps: boolean): { x: number; y: number } | undefined => {
  const edge = edges[dot.edge]
  if (edge === undefined || nowMs < dot.startMs) return undefined
  const share = progress(dot, nowMs, steps) * dot.reach
  return pointOn(edge, dot.backwards ? 1 - share : share, dot.backwards ? -laneOf(dot) : laneOf(dot))
}

const shapes: Readonly<Record<DotKind, (context: CanvasRenderingContext2D, x: number, y: number) => void>> = {
  ok: (context, x, y) => {
    context.beginPath()
    context.arc(x, y, 3, 0, 2 * Math.PI)
    context.fill()
  },
  retried: (context, x, y) => {
    context.lineWidth = 1.75
    context.beginPath()
    context.arc(x, y, 3.4, 0, 2 * Math.PI)
    context.stroke()
  },
  failed: (context, x, y) => {
    context.lineWidth = 2
    context.beginPath()
    context.moveTo(x - 3, y - 3)
    context.lineTo(x + 3, y + 3)
    context.moveTo(x + 3, y - 3)
    context.lineTo(x - 3, y + 3)
    context.stroke()
  },
  refused: (context, x, y) => {
    context.lineWidth = 1.5
    context.strokeRect(x - 3, y - 3, 6, 6)
  },
  gossip: (context, x, y) => {
    context.beginPath()
    context.moveTo(x, y - 2.6)
    context.lineTo(x + 2.6, y)
    context.lineTo(x, y + 2.6)
    context.lineTo(x - 2.6, y)
    context.fill()
  },
}

const bundle = (context: CanvasRenderingContext2D, x: number, y: number, count: number, ink: string, surface: string): void => {
  const label = count > 999 ? '999+' : String(count)
  const radius = 7 + 2 * label.length
  context.beginPath()
  context.roundRect(x - radius, y - 8, 2 * radius, 16, 8)
  context.fillStyle = ink
  context.fill()
  context.fillStyle = surface
  context.fillText(label, x, y + 0.5)
}

export const paint = (
  context: CanvasRenderingContext2D,
  dots: readonly Dot[],
  edges: Edges,
  nowMs: number,
  ink: Ink,
  steps: boolean,
): void => {
  context.clearRect(0, 0, context.canvas.width, context.canvas.height)
  context.font = '600 10px system-ui, sans-serif'
  context.textAlign = 'center'
  context.textBaseline = 'middle'
  for (const dot of dots) {
    const place = placeOf(dot, edges, nowMs, steps)
    if (place === undefined) continue
    if (dot.count > 1) {
      bundle(context, place.x, place.y, dot.count, ink[dot.kind], ink.surface)
      continue
    }
    context.fillStyle = ink[dot.kind]
    context.strokeStyle = ink[dot.kind]
    shapes[dot.kind](context, place.x, place.y)
  }
}
