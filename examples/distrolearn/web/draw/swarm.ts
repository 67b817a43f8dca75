// Requests under way. Where a line is crowded, and beyond `cap` everywhere, they travel as bundles with a count.

export type DotKind = 'ok' | 'retried' | 'failed' | 'refused' | 'gossip'

export interface Dot {
  readonly edge: string
  readonly kind: DotKind
  /** Against the direction in which the edge is drawn. */
  readonly backwards: boolean
  readonly startMs: number
  readonly travelMs: number
  readonly traceId: string | undefined
  /** How far it gets, as a share of the line. */
  readonly reach: number
  /** How many requests this dot stands for. */
  count: number
}

export interface Swarm {
  add(dot: Omit<Dot, 'count'>): void
  /** The dots under way at that time, oldest first; those that have arrived are forgotten. */
  at(nowMs: number): readonly Dot[]
  clear(): void
}

export const maxDots = 300

/** Dots of one kind that have room on a line at once. */
export const roomOn = (edge: string): number => (edge.startsWith('learners') ? 4 : 24)

export const createSwarm = (cap: number = maxDots): Swarm => {
  let dots: Dot[] = []

  /** The bundle that a dot joins: on a crowded line the one just ahead, in a full swarm whichever goes the same way. */
  const companion = (dot: Omit<Dot, 'count'>): Dot | undefined => {
    const lane = dots.filter((one) => one.edge === dot.edge && one.kind === dot.kind && one.backwards === dot.backwards)
    const ahead = lane.at(-1)
    const room = roomOn(dot.edge)
    if (ahead === undefined || (dots.length < cap && lane.length < room)) return undefined
    const apartMs = dot.travelMs / (room / 2)
    return dots.length >= cap || dot.startMs - ahead.startMs < apartMs ? ahead : undefined
  }

  return {
    add(dot) {
      const bundle = companion(dot)
      if (bundle !== undefined) {
        bundle.count += 1
        return
      }
      if (dots.length >= cap) dots.shift()
      dots.push({ ...dot, count: 1 })
    },
    at(nowMs) {
      dots = dots.filter((dot) => nowMs < dot.startMs + dot.travelMs)
      return dots
    },
    clear() {
      dots = []
    },
  }
}

/** How far along a dot is, 0..1, eased at both ends; in steps of a third for those who asked for less motion. */
export const progress = (dot: Pick<Dot, 'startMs' | 'travelMs'>, nowMs: number, steps: boolean): number => {
  const share = Math.min(1, Math.max(0, (nowMs - dot.startMs) / dot.travelMs))
  return steps ? (Math.min(2, Math.floor(share * 3)) + 0.5) / 3 : share * share * (3 - 2 * share) * 0.4 + share * 0.6
}
