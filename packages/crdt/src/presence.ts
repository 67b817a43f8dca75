/**
 * Presence: who is here and where, for as long as they say so. Not part of the document: nothing is stored, and silence is forgotten.
 *
 * A last-writer map by actor with a count instead of a time, and a time to live that each replica measures by its own clock.
 * @module
 */
import { checkValue } from './core/value.ts'
import { systemClock, type Clock } from './ground/clock.ts'
import { corrupt } from './ground/errors.ts'
import { checkActor, checkOptions, show } from './ground/options.ts'
import type { Value } from './ground/types.ts'

export type { Clock } from './ground/clock.ts'

export interface PresenceOptions {
  readonly actor: string
  /** How long a state is believed without news, in milliseconds, 1 to 86 400 000. Default 30 000. Refresh at a third of it. */
  readonly ttlMs?: number
  /** States that are held, own one included, 1 to 1 000 000. Default 10 000; a newcomer beyond it is not taken in. */
  readonly limit?: number
  readonly clock?: Pick<Clock, 'monotonic'>
}

/** Plain JSON, to be sent to everybody. `state` null: gone. */
export interface PresenceMessage {
  readonly actor: string
  readonly count: number
  readonly state: Value
}

export interface Presence<T extends Value> {
  /** The living states by actor, the own one included. */
  readonly states: ReadonlyMap<string, T>
  /** Sets the own state (null: leaves) and returns what to send. */
  set(state: T | null): PresenceMessage
  /** The own state again, so that it stays believed. */
  refresh(): PresenceMessage
  /** Takes in a message; whether it changed anything. Throws `CrdtError` on what is none. */
  apply(message: PresenceMessage): boolean
}

interface Entry {
  readonly count: number
  readonly state: Value
  readonly until: number
}

export function createPresence<T extends Value = Value>(options: PresenceOptions): Presence<T> {
  checkOptions(options, ['actor', 'ttlMs', 'limit', 'clock'], 'createPresence')
  const actor = checkActor(options.actor)
  const { ttlMs = 30_000, limit = 10_000, clock = systemClock } = options
  if (!(ttlMs >= 1 && ttlMs <= 86_400_000)) throw new RangeError(`ttlMs is from 1 to 86400000; got ${show(ttlMs)}.`)
  if (!Number.isInteger(limit) || limit < 1 || limit > 1_000_000) throw new RangeError(`limit is a whole number from 1 to 1000000; got ${show(limit)}.`)
  const entries = new Map<string, Entry>()
  let own: Entry = { count: 0, state: null, until: Infinity }

  function forget(): void {
    const now = clock.monotonic()
    for (const [id, { until }] of entries) if (until <= now) entries.delete(id)
  }

  function say(state: Value): PresenceMessage {
    own = { count: own.count + 1, state, until: Infinity }
    return { actor, count: own.count, state }
  }

  return {
    get states() {
      forget()
      const states = new Map<string, T>()
      if (own.state !== null) states.set(actor, own.state as T)
      for (const [id, { state }] of entries) if (state !== null) states.set(id, state as T)
      return states
    },
    set: (state) => say(checkValue(state)),
    refresh: () => say(own.state),
    apply(message) {
      const good = typeof message === 'object' && message !== null && typeof message.actor === 'string' && message.actor !== '' && Number.isSafeInteger(message.count) && message.count > 0
      if (!good) throw corrupt('they are no presence message')
      const state = checkValue(message.state)
      if (message.actor === actor) {
        // An echo, or an earlier life of this actor that counted further: the next word goes beyond it.
        own = { ...own, count: Math.max(own.count, message.count) }
        return false
      }
      forget()
      const known = entries.get(message.actor)
      if (known !== undefined ? known.count >= message.count : entries.size + 1 >= limit) return false
      entries.set(message.actor, { count: message.count, state, until: clock.monotonic() + ttlMs })
      return true
    },
  }
}
