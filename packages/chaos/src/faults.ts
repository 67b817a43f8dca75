import type { LinkWeather } from './core/verdict.ts'
import { createListeners } from './events.ts'
import { faultyFetch } from './faulty-fetch.ts'
import { systemClock, systemRandom } from './ground/clock.ts'
import { MAX_IN_FLIGHT, REORDER_MS, SILENCE_MS } from './ground/defaults.ts'
import { LinkError } from './ground/errors.ts'
import { callable, duration, fields, flag, integer, oneOf, share } from './ground/options.ts'
import type { Clock, Subscription } from './ground/types.ts'
import { createLink } from './link.ts'
import type { FaultOptions, Link, Strike } from './link.ts'

/** Options of {@link faults}. */
export interface FaultsOptions extends Partial<FaultOptions> {
  /** Randomness in [0, 1); pass `createRandom(seed)` for a run that can be repeated. Default: the machine's. */
  readonly random?: () => number
  /** Timers. Default: the machine's. */
  readonly clock?: Pick<Clock, 'after'>
  /** Calls, duplicates included, that may be inside the link at once, 1 or more. One more is refused with `EMFILE`. Default 1024. */
  readonly maxInFlight?: number
}

/** Something happened to a call, or to the link itself. */
export type FaultEvent = Strike | { readonly type: 'changed'; readonly options: FaultOptions }

/** A link with weather. */
export interface Faults extends Link, Subscription {
  /** The weather now. A new object after each `set`. */
  readonly current: FaultOptions
  /** Calls inside the link, duplicates included. */
  readonly inFlight: number
  /** How often each fault has struck since the start. */
  readonly counts: Readonly<Record<Strike['type'], number>>
  /** Changes some faults; the rest stays. Calls under way keep their fate, save that a cut loses them. A wrong field changes nothing. */
  set(patch: Partial<FaultOptions>): void
  /** Fair weather: every fault off, every option at its default. */
  clear(): void
  /** A fetch through this link. Default inner: the global `fetch`, looked up at each call. */
  fetch(inner?: typeof fetch): typeof fetch
  onEvent(listener: (event: FaultEvent) => void): Subscription
  /** Rejects every waiting call with a `closed` {@link LinkError} and refuses new ones. */
  [Symbol.dispose](): void
}

const FAIR: FaultOptions = {
  latencyMs: 0,
  jitterMs: 0,
  loss: 0,
  whenLost: 'error',
  silenceMs: SILENCE_MS,
  duplicate: 0,
  reorder: 0,
  reorderMs: REORDER_MS,
  cut: false,
  corrupt: 0,
}

function merged(base: FaultOptions, patch: Partial<FaultOptions>): FaultOptions {
  const next = { ...base, ...Object.fromEntries(Object.entries(patch).filter(([, value]) => value !== undefined)) }
  for (const name of ['latencyMs', 'jitterMs', 'silenceMs', 'reorderMs'] as const) duration(name, next[name])
  for (const name of ['loss', 'duplicate', 'reorder', 'corrupt'] satisfies (keyof LinkWeather)[]) share(name, next[name])
  flag('cut', next.cut)
  oneOf('whenLost', next.whenLost, ['error', 'silence'])
  return next
}

/** Faults for a link between two programs: latency with a heavy tail, loss, duplicates, reordering, cuts, flipped bytes; changeable at any time. */
export function faults(options: FaultsOptions = {}): Faults {
  fields('options', options, [...Object.keys(FAIR), 'random', 'clock', 'maxInFlight'])
  const { random = systemRandom, clock = systemClock, maxInFlight = MAX_IN_FLIGHT, ...weather } = options
  callable('random', random)
  callable('clock.after', clock.after)
  integer('maxInFlight', maxInFlight, 1)
  let current = merged(FAIR, weather)
  const listeners = createListeners<FaultEvent>()
  const counts = { cut: 0, lost: 0, duplicated: 0, reordered: 0, corrupted: 0, full: 0 }
  const closing = new AbortController()
  const note = (strike: Strike): void => {
    counts[strike.type]++
    listeners.emit(strike)
  }
  const link = createLink({ weather: () => current, random, clock, maxInFlight, closing: closing.signal, note })

  const set = (patch: Partial<FaultOptions>): void => {
    fields('patch', patch, Object.keys(FAIR))
    current = merged(current, patch)
    listeners.emit({ type: 'changed', options: current })
  }

  return {
    get current() {
      return current
    },
    get inFlight() {
      return link.inFlight
    },
    get counts() {
      return { ...counts }
    },
    set,
    clear: () => set(FAIR),
    fetch: (inner) => faultyFetch(link, inner),
    carry: link.carry,
    onEvent: (listener) => listeners.add(listener),
    [Symbol.dispose]() {
      if (!closing.signal.aborted) closing.abort(new LinkError('ECONNRESET', 'closed', 'The link was disposed of'))
      listeners.clear()
    },
  }
}
