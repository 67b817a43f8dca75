// Where things travel: lines between the plates as the browser has laid them out, wide or stacked.

import type { RegionName } from '../../src/ground/regions.ts'

export interface Box {
  readonly left: number
  readonly top: number
  readonly right: number
  readonly bottom: number
}

export interface Point {
  readonly x: number
  readonly y: number
}

/** A quadratic curve; a straight one has its bend in the middle. */
export interface Edge {
  readonly from: Point
  readonly bend: Point
  readonly to: Point
  /** Where its label has room, if not in the middle. */
  readonly label?: Point
}

const middle = (a: Point, b: Point): Point => ({ x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 })
const straight = (from: Point, to: Point): Edge => ({ from, bend: middle(from, to), to })
const centre = (box: Box): Point => ({ x: (box.left + box.right) / 2, y: (box.top + box.bottom) / 2 })

/** The point a share `t` of the way along; `side` px to the left of the direction of travel. */
export const pointOn = ({ from, bend, to }: Edge, t: number, side = 0): Point => {
  const u = 1 - t
  const x = u * u * from.x + 2 * u * t * bend.x + t * t * to.x
  const y = u * u * from.y + 2 * u * t * bend.y + t * t * to.y
  if (side === 0) return { x, y }
  const dx = u * (bend.x - from.x) + t * (to.x - bend.x)
  const dy = u * (bend.y - from.y) + t * (to.y - bend.y)
  const length = Math.hypot(dx, dy) || 1
  return { x: x + (dy / length) * side, y: y - (dx / length) * side }
}

export const labelOf = (edge: Edge): Point => edge.label ?? pointOn(edge, 0.5)

export const pathOf = ({ from, bend, to }: Edge): string => `M${from.x} ${from.y}Q${bend.x} ${bend.y} ${to.x} ${to.y}`

export interface Boxes {
  /** The upper part of each region: what traffic goes to. */
  readonly plates: Readonly<Record<RegionName, Box>>
  /** Plate and card together: what lines must not run through. */
  readonly columns: Readonly<Record<RegionName, Box>>
  readonly providers: Readonly<Record<string, Box>>
  readonly width: number
}

/** Keys: `learners>virginia`, a link's name (`dublin-virginia`), `dublin>payments`. */
export type Edges = Readonly<Record<string, Edge>>

export const layOut = (boxes: Boxes): Edges => {
  const { virginia, dublin } = boxes.plates
  return virginia.right < dublin.left ? sideBySide(boxes) : stacked(boxes)
}

/** How far the lines of the learners stand from a plate's corner. */
const entryInset = 64
/** Half of a label's height and of its width, with some air. */
const labelRoom = 20
const labelReach = 48

const sideBySide = ({ plates, providers }: Boxes): Edges => {
  const { virginia, dublin, singapore } = plates
  const y = centre(dublin).y
  const apexY = 2 * 20 - virginia.top
  const over: Edge = {
    from: { x: virginia.right - entryInset, y: virginia.top },
    bend: { x: centre(dublin).x, y: apexY },
    to: { x: singapore.left + entryInset, y: singapore.top },
  }
  const edges: Record<string, Edge> = {
    'dublin-virginia': straight({ x: dublin.left, y }, { x: virginia.right, y }),
    'dublin-singapore': straight({ x: dublin.right, y }, { x: singapore.left, y }),
    'virginia-singapore': over,
  }
  for (const [name, plate] of Object.entries(plates)) {
    // Off the middle: there the line between the outer regions passes, with its label.
    const x = name === 'singapore' ? plate.right - entryInset : plate.left + entryInset
    edges[`learners>${name}`] = straight({ x, y: 6 }, { x, y: plate.top })
  }
  for (const [name, box] of Object.entries(providers)) {
    const east = centre(box).x > centre(dublin).x
    const from = { x: east ? dublin.right : dublin.left, y: dublin.bottom - 18 }
    const to = { x: east ? box.left + 24 : box.right - 24, y: box.top }
    edges[`dublin>${name}`] = { from, bend: { x: to.x, y: from.y }, to }
  }
  return edges
}

const stacked = ({ columns, plates, providers, width }: Boxes): Edges => {
  const { virginia, dublin, singapore } = columns
  const x = centre(dublin).x
  const gutterX = width - 6
  const edges: Record<string, Edge> = {
    'dublin-virginia': straight({ x, y: dublin.top }, { x, y: virginia.bottom }),
    // Below the providers, which share the gap with it.
    'dublin-singapore': { ...straight({ x, y: dublin.bottom }, { x, y: singapore.top }), label: { x, y: singapore.top - labelRoom } },
    'virginia-singapore': {
      label: { x: width - labelReach, y: (virginia.bottom + dublin.top) / 2 },
      from: { x: virginia.right, y: centre(plates.virginia).y },
      bend: { x: 2 * gutterX - virginia.right, y: (virginia.bottom + singapore.top) / 2 },
      to: { x: singapore.right, y: centre(plates.singapore).y },
    },
  }
  for (const [name, plate] of Object.entries(plates)) {
    const y = plate.top + 34
    edges[`learners>${name}`] = straight({ x: 2, y }, { x: plate.left, y })
  }
  for (const [name, box] of Object.entries(providers)) {
    const at = centre(box).x
    edges[`dublin>${name}`] = straight({ x: at, y: dublin.bottom }, { x: at, y: box.top })
  }
  return edges
}
