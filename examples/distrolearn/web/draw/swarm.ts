// Requests under way. However many there are, at most `cap` dots are drawn; beyond it they travel as bundles with a count.

export type DotKind = 'ok' | 'retried' | 'failed' | 'refused' | 'gossip'

export interface Dot {
  readonly edge: string
  readonly kind: DotKind
  /** Against the direction in which the edge is drawn. */
  readonly backwards: boolean
  readonly startMs: number
  readonly travelMs: number
  readonly traceId: string | undefined
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

export const createSwarm = (cap: number = maxDots): Swarm => {
  let dots: Dot[] = []
  return {
    add(dot) {
      if (dots.length >= cap) {
        const companion = dots.findLast((one) => one.edge === dot.edge && one.kind === dot.kind && one.backwards === dot.backwards)
        if (companion !== undefined) {
          companion.count += 1
          return
        }
        dots.shift()
      }
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
