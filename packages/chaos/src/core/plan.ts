import type { Random } from './random.ts'

/** What can go wrong in a world. */
export type FaultKind =
  | 'cut' | 'clog' | 'loss' | 'duplicate' | 'reorder' | 'corrupt' | 'slow' | 'narrow'
  | 'crash' | 'crash-at-io' | 'pause'
  | 'step' | 'rate' | 'freeze' | 'coarse'
  | 'disk-errors' | 'disk-full' | 'disk-stall'

/** Every kind, in the order in which a plan draws them. */
export const faultKinds: readonly FaultKind[] = [
  'cut', 'clog', 'loss', 'duplicate', 'reorder', 'corrupt', 'slow', 'narrow',
  'crash', 'crash-at-io', 'pause',
  'step', 'rate', 'freeze', 'coarse',
  'disk-errors', 'disk-full', 'disk-stall',
]

/** One thing that goes wrong: plain data, so that a plan can be printed, pasted, and made smaller. */
export interface Fault {
  readonly kind: FaultKind
  /** When it begins, in milliseconds of virtual time. */
  readonly atMs: number
  /** How long it lasts; for a crash, how long the node is down. */
  readonly forMs: number
  /** The node; for a cut or a clog, the sending side. */
  readonly node?: string
  /** The receiving side of a cut or a clog. */
  readonly to?: string
  /** Share (loss, duplicate, reorder, corrupt, disk-errors), milliseconds (slow, step, coarse, disk-stall, and the clock step on waking from crash-at-io), ppm (rate), bytes per ms (narrow). */
  readonly amount?: number
  /** The I/O operation at which the node crashes. */
  readonly io?: number
}

/** A run's faults. */
export type Plan = readonly Fault[]

/** How wild a swarm is. */
export interface SwarmOptions {
  /** The kinds to draw from. Default: all. */
  readonly kinds?: readonly FaultKind[]
  /** Most faults of a kind in a run, 1 or more. Default 6. */
  readonly perKind?: number
  /** The largest step of a wall clock in milliseconds. Default 10 000. */
  readonly maxStepMs?: number
  /** The largest error of a clock's rate in parts per million. Default 200. */
  readonly maxPpm?: number
  /** The largest share of messages lost, duplicated, held or damaged. Default 0.3. */
  readonly maxShare?: number
  /** The longest time a node is down, in milliseconds. Default a quarter of the run. */
  readonly maxDownMs?: number
}

interface Draw extends Required<Omit<SwarmOptions, 'kinds'>> {
  readonly random: Random
  readonly nodes: readonly string[]
  readonly forMs: number
}

/**
 * A plan by swarm testing (Groce et al., ISSTA 2012): each kind is wholly off in half of the runs, and drawn freely in the
 * others. A uniform mixture of everything hides the failures that need one thing to be absent.
 */
export function swarmPlan(random: Random, nodes: readonly string[], forMs: number, options: SwarmOptions = {}): Plan {
  const { kinds = faultKinds, perKind = 6, maxStepMs = 10_000, maxPpm = 200, maxShare = 0.3, maxDownMs = forMs / 4 } = options
  const plan: Fault[] = []
  for (const kind of faultKinds) {
    // A stream per kind: leaving one kind out does not change what the others do.
    const dice = random.fork(kind)
    if (!kinds.includes(kind) || dice.chance(0.5)) continue
    const draw: Draw = { random: dice, nodes, forMs, perKind, maxStepMs, maxPpm, maxShare, maxDownMs }
    for (let count = dice.integer(1, perKind); count > 0; count--) plan.push(...faultsOf(kind, draw))
  }
  return plan.sort((one, other) => one.atMs - other.atMs)
}

/** Short, middling or long: bugs live at the scale of a message, of a time-out, and of a failover. */
function spell(random: Random, longest: number): number {
  const [least, most] = random.pick([[1, 50], [50, 1000], [1000, Math.max(1000, longest)]] as const)
  return Math.min(longest, random.integer(least, Math.ceil(most)))
}

function faultsOf(kind: FaultKind, draw: Draw): Fault[] {
  const { random, nodes, forMs, maxShare } = draw
  const atMs = random.integer(0, Math.floor(forMs * 0.95))
  const lastsMs = Math.min(spell(random, forMs / 4), forMs - atMs)
  const node = random.pick(nodes)
  const share = Math.round(random() * maxShare * 1000) / 1000
  const base = { kind, atMs, forMs: lastsMs }
  switch (kind) {
    case 'cut':
      return cutsOf(draw, atMs, lastsMs)
    case 'clog':
      return swizzleOf(draw, atMs, lastsMs)
    case 'loss': case 'duplicate': case 'reorder': case 'corrupt':
      return [{ ...base, amount: share }]
    case 'slow':
      return [{ ...base, amount: random.integer(1, 500) }]
    case 'narrow':
      return [{ ...base, amount: random.pick([0.1, 1, 10]) }]
    case 'crash':
      return [{ ...base, node, forMs: spell(random, draw.maxDownMs) }]
    case 'crash-at-io':
      return [{ ...base, node, forMs: spell(random, draw.maxDownMs), io: Math.ceil(2 ** (random() * 10)), amount: random.pick([0, 0, -1, -1000, -draw.maxStepMs]) }]
    case 'pause': case 'freeze': case 'disk-full':
      return [{ ...base, node }]
    case 'step':
      return [{ ...base, forMs: 0, node, amount: random.pick([-1, 1]) * spell(random, draw.maxStepMs) }]
    case 'rate':
      return [{ ...base, node, amount: random.integer(-draw.maxPpm, draw.maxPpm) }]
    case 'coarse':
      return [{ ...base, node, amount: random.pick([16, 100]) }]
    case 'disk-errors':
      return [{ ...base, node, amount: share }]
    case 'disk-stall':
      return [{ ...base, node, amount: random.integer(1, 1000) }]
  }
}

/** One link one way, one node alone, or the nodes in two halves. */
function cutsOf({ random, nodes }: Draw, atMs: number, forMs: number): Fault[] {
  const cut = (node: string, to: string): Fault => ({ kind: 'cut', atMs, forMs, node, to })
  const [first, ...others] = random.shuffle(nodes)
  if (first === undefined || others.length === 0) return []
  const shape = random.integer(0, 2)
  if (shape === 0) return [cut(first, random.pick(others))]
  const here = shape === 1 ? [first] : [first, ...others.slice(0, Math.floor(others.length / 2))]
  const there = others.filter((name) => !here.includes(name))
  return here.flatMap((one) => there.flatMap((other) => [cut(one, other), cut(other, one)]))
}

/** FoundationDB's swizzle: links stop one by one and are released in another order, so that old messages meet new ones. */
function swizzleOf({ random, nodes, forMs }: Draw, atMs: number, longMs: number): Fault[] {
  const links = nodes.flatMap((node) => nodes.filter((to) => to !== node).map((to) => ({ node, to })))
  const chosen = random.shuffle(links).slice(0, random.integer(1, Math.max(1, links.length)))
  return chosen.map(({ node, to }, at) => {
    const begins = Math.min(forMs, atMs + Math.round((at * longMs) / (2 * chosen.length)))
    return { kind: 'clog', atMs: begins, forMs: Math.min(forMs - begins, random.integer(1, Math.max(1, Math.ceil(longMs)))), node, to }
  })
}
