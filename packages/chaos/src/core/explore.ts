/** A state machine to be explored: its states are data, its moves are pure. */
export interface Machine<S, M> {
  readonly start: S
  /** What can happen next; none ends the path. */
  readonly moves: (state: S) => Iterable<M>
  /** The state after a move. Must not change the state that it was given. */
  readonly apply: (state: S, move: M) => S
  /** What must hold in every state; throws if it does not. */
  readonly check?: (state: S, path: readonly M[]) => void
  /** What must hold where nothing can happen any more. */
  readonly checkEnd?: (state: S, path: readonly M[]) => void
  /** Equal for equal states. Default `JSON.stringify`. */
  readonly key?: (state: S) => string
  /** Longest path. Default 32. */
  readonly maxDepth?: number
  /** Most different states. Default 1 000 000. */
  readonly maxStates?: number
}

/** How much was seen. */
export interface Exploration {
  readonly states: number
  readonly transitions: number
  /** States in which nothing could happen any more. */
  readonly ends: number
  readonly deepest: number
}

/** A state was reached that must not be; `path` is the shortest way there. */
export class ExplorationFailed<M = unknown> extends Error {
  override readonly name: string = 'ExplorationFailed'
  readonly code = 'exploration-failed'
  readonly path: readonly M[]

  constructor(path: readonly M[], cause: unknown) {
    const told = cause instanceof Error ? cause.message : String(cause)
    super(`After ${path.length} moves: ${told}\n${path.map((move, at) => `  ${at + 1}. ${typeof move === 'string' ? move : JSON.stringify(move)}`).join('\n')}`, { cause })
    this.path = path
  }
}

interface Visit<S, M> {
  readonly state: S
  readonly before: Visit<S, M> | undefined
  readonly move: M | undefined
  readonly depth: number
}

/**
 * Visits every state that any sequence of moves can reach, each once, nearest first: a model checker for pure cores. Breadth first,
 * so that the first path to break a rule is a shortest one. Throws {@link ExplorationFailed}, or a RangeError beyond its bounds.
 */
export function explore<S, M>(machine: Machine<S, M>): Exploration {
  const { start, moves, apply, check, checkEnd, key = (state: S): string => JSON.stringify(state), maxDepth = 32, maxStates = 1_000_000 } = machine
  const seen = new Set<string>([key(start)])
  const queue: Visit<S, M>[] = [{ state: start, before: undefined, move: undefined, depth: 0 }]
  let [transitions, ends, deepest] = [0, 0, 0]

  for (let next = 0; next < queue.length; next++) {
    const visit = queue[next] as Visit<S, M>
    deepest = Math.max(deepest, visit.depth)
    judged(visit, check)
    let moved = false
    for (const move of moves(visit.state)) {
      moved = true
      transitions++
      if (visit.depth === maxDepth) throw new RangeError(`Expected paths of at most ${maxDepth} moves, found a longer one. Bound the machine, or raise maxDepth.`)
      const state = apply(visit.state, move)
      const name = key(state)
      if (seen.has(name)) continue
      if (seen.size >= maxStates) throw new RangeError(`Expected at most ${maxStates} states, found more. Make the case smaller, the key coarser, or raise maxStates.`)
      seen.add(name)
      queue.push({ state, before: visit, move, depth: visit.depth + 1 })
    }
    if (moved) continue
    ends++
    judged(visit, checkEnd)
  }
  return { states: seen.size, transitions, ends, deepest }
}

function judged<S, M>(visit: Visit<S, M>, check: Machine<S, M>['check']): void {
  if (check === undefined) return
  const path: M[] = []
  for (let at: Visit<S, M> | undefined = visit; at?.before !== undefined; at = at.before) path.unshift(at.move as M)
  try {
    check(visit.state, path)
  } catch (cause) {
    throw new ExplorationFailed(path, cause)
  }
}

/** A few events, every order of which is to be tried. */
export interface Orders<S, E> {
  readonly start: S
  /** At most 8, unless `maxEvents` says otherwise: 8 have 40 320 orders, and at most 256 × states. */
  readonly events: readonly E[]
  readonly apply: (state: S, event: E) => S
  /** Whether an event may come yet, for those that need another first. Default: always. */
  readonly enabled?: (state: S, event: E, done: readonly boolean[]) => boolean
  readonly check?: (state: S, path: readonly E[]) => void
  readonly checkEnd?: (state: S, path: readonly E[]) => void
  readonly key?: (state: S) => string
  readonly maxEvents?: number
}

/** Every order of a few events on a pure core. Equal states with the same events left are visited once. */
export function everyOrder<S, E>(orders: Orders<S, E>): Exploration {
  const { start, events, apply, enabled = () => true, check, checkEnd, key = (state: S): string => JSON.stringify(state), maxEvents = 8 } = orders
  if (events.length > maxEvents) {
    throw new RangeError(`Expected at most ${maxEvents} events, got ${events.length}: their orders grow as the factorial. Leave some out, or raise maxEvents.`)
  }
  const named = (path: readonly number[]): E[] => path.map((at) => events[at] as E)
  const machine: Machine<{ readonly state: S; readonly done: readonly boolean[] }, number> = {
    start: { state: start, done: events.map(() => false) },
    moves: ({ state, done }) => [...events.keys()].filter((at) => done[at] !== true && enabled(state, events[at] as E, done)),
    apply: ({ state, done }, at) => ({ state: apply(state, events[at] as E), done: done.with(at, true) }),
    key: ({ state, done }) => `${done.map(Number).join('')} ${key(state)}`,
    check: ({ state }, path) => check?.(state, named(path)),
    checkEnd: ({ state }, path) => checkEnd?.(state, named(path)),
  }
  try {
    return explore(machine)
  } catch (error) {
    throw error instanceof ExplorationFailed ? new ExplorationFailed(named(error.path as readonly number[]), error.cause) : error
  }
}
