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
  /** What stood at its place when it was made. While history has holes, an operation speaks only about these. */
  readonly replaced: readonly Event[]
}

const placeOf = (op: Op): string => ('place' in op ? `register ${op.place}` : 'element' in op ? `element ${op.element}` : `counter ${op.counter}`)

/** What was last done at the place of an operation: heard of, and not replaced by anything heard of. */
export function latest(known: ReadonlySet<Event>, op: Op): Event[] {
  const here = [...known].filter((event) => placeOf(event.op) === placeOf(op))
  return here.filter((event) => !here.some((other) => other.replaced.includes(event)))
}

/** What stands there. (A removal does not, but in a remove-wins set.) */
export const standing = (known: ReadonlySet<Event>, op: Op): Event[] => latest(known, op).filter((event) => event.op.type === 'set' || event.op.type === 'include')

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

/** Undefined where no increment stands. A counter's newest news of an actor tells the sum of all before: sums, not steps, travel. */
function counterValue(events: readonly Event[], counter: string): number | undefined {
  const everything = new Set(events.flatMap((event) => [event, ...event.seen]))
  const counts = [...everything].filter(({ op }) => op.type === 'count' && op.counter === counter)
  let value: number | undefined
  for (const actor of new Set(counts.map((event) => event.actor))) {
    const told = events.filter((event) => counts.includes(event) && event.actor === actor)
    const heard = Math.max(-1, ...told.map((event) => event.index))
    // An actor's row travels with the base that the actor knew.
    const resets = [...events, ...told.flatMap((event) => [...event.seen])].filter(({ op }) => op.type === 'reset' && op.counter === counter)
    const base = Math.max(-1, ...resets.flatMap((reset) => [...reset.seen]).filter((event) => counts.includes(event) && event.actor === actor).map((event) => event.index))
    for (const event of counts) {
      if (event.actor === actor && event.index <= heard && event.index > base && event.op.type === 'count') value = (value ?? 0) + event.op.amount
    }
  }
  return value
}
