/**
 * The slow model: a replica is the set of operations it has heard of, and its value is worked out from the definitions each time.
 * It shares no code with the package and knows nothing of dots, contexts or deltas.
 */
export type Op =
  | { readonly type: 'set'; readonly place: string; readonly value: string }
  | { readonly type: 'unset'; readonly place: string }
  | { readonly type: 'include'; readonly element: string }
  | { readonly type: 'exclude'; readonly element: string }
  | { readonly type: 'count'; readonly counter: string; readonly amount: number }
  | { readonly type: 'reset'; readonly counter: string }

export interface Event {
  readonly actor: string
  /** Order among the actor's own events. */
  readonly index: number
  /** Order in real time; registers' stamps in the tests follow it. */
  readonly time: number
  readonly op: Op
  /** All events that the actor had heard of when it made this one. */
  readonly seen: ReadonlySet<Event>
  /** What stood at its place when it was made. While history has holes, an operation speaks only about these. (Of an increment it is never asked.) */
  readonly replaced: readonly Event[]
}

const placeOf = (op: Op): string => ('place' in op ? `register ${op.place}` : 'element' in op ? `element ${op.element}` : `counter ${op.counter}`)

/** What was last done at the place of an operation: heard of, and not replaced by anything heard of. */
export function latest(known: ReadonlySet<Event>, op: Op): Event[] {
  const here = [...known].filter((event) => placeOf(event.op) === placeOf(op))
  return here.filter((event) => !here.some((other) => other.replaced.includes(event)))
}

/** What stands there: values, additions (in a remove-wins set removals too, which `latest` tells), increments that no reset has taken away. */
export function standing(known: ReadonlySet<Event>, op: Op): Event[] {
  if ('counter' in op) return countsOf(known, op.counter).filter(({ actor, index }) => index > baseOf([...known], op.counter, actor))
  return latest(known, op).filter((event) => event.op.type === 'set' || event.op.type === 'include')
}

export interface ModelValue {
  readonly registers: Record<string, string>
  readonly elements: string[]
  readonly counters: Record<string, number>
}

export function valueOf(known: ReadonlySet<Event>): ModelValue {
  const events = [...known]
  const registers: Record<string, string> = {}
  const elements = new Set<string>()
  for (const { op } of events) {
    const last = standing(known, op).reduce<Event | undefined>((best, event) => (best === undefined || event.time > best.time ? event : best), undefined)
    if (last?.op.type === 'set') registers[last.op.place] = last.op.value
    if (last?.op.type === 'include') elements.add(last.op.element)
  }
  const counters: Record<string, number> = {}
  for (const counter of new Set(events.flatMap(({ op }) => ('counter' in op ? [op.counter] : [])))) {
    const value = counterValue(events, counter)
    if (value !== undefined) counters[counter] = value
  }
  return { registers, elements: [...elements].sort(), counters }
}

const countsOf = (events: Iterable<Event>, counter: string): Event[] => [...events].filter(({ op }) => op.type === 'count' && op.counter === counter)

/** The last of an actor's increments that a reset took away: one that was heard of, or that the actor knew, as its row travels with the base that it has. */
function baseOf(events: readonly Event[], counter: string, actor: string): number {
  const told = countsOf(events, counter).filter((event) => event.actor === actor)
  const resets = [...events, ...told.flatMap((event) => [...event.seen])].filter(({ op }) => op.type === 'reset' && op.counter === counter)
  return Math.max(-1, ...resets.flatMap(({ replaced }) => replaced).filter((event) => event.actor === actor).map(({ index }) => index))
}

/** Undefined where no increment stands. A counter's newest news of an actor tells the sum of all before: sums, not steps, travel. */
function counterValue(events: readonly Event[], counter: string): number | undefined {
  const counts = countsOf(new Set(events.flatMap((event) => [event, ...event.seen])), counter)
  let value: number | undefined
  for (const actor of new Set(counts.map((event) => event.actor))) {
    const heard = Math.max(-1, ...countsOf(events, counter).filter((event) => event.actor === actor).map(({ index }) => index))
    const base = baseOf(events, counter, actor)
    for (const event of counts) {
      if (event.actor === actor && event.index <= heard && event.index > base && event.op.type === 'count') value = (value ?? 0) + event.op.amount
    }
  }
  return value
}
