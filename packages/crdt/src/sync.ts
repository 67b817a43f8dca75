/**
 * Sync without a transport: sessions that take bytes and give bytes.
 *
 * Two replicas say hello with what they know, send each other what the other lacks, and from then on every change as it is made. A lost message costs nothing
 * but time: the next hello repairs it. Acknowledgements tell what everybody has, so that all can forget together what is of no more use to anybody; and an actor id
 * that two replicas use is found at the first hello.
 * @module
 */
import { createCollector } from './collector.ts'
import { highest } from './core/context.ts'
import { covers, headIn } from './core/version.ts'
import type { AnyDoc } from './doc.ts'
import { systemRandom } from './ground/clock.ts'
import { checkActor, checkOptions } from './ground/options.ts'
import type { VersionVector } from './ground/types.ts'
import { createCounted, heal } from './heal.ts'
import { insideOf, type Step } from './inside.ts'
import { createLives } from './lives.ts'
import type { Acknowledgement } from './message.ts'
import { rebase } from './rebase.ts'
import { createSession, type Hub, type InnerSession, type Session, type SyncEvent } from './session.ts'

export interface SyncOptions {
  /** [0, 1): tells apart the lives of one actor id. Default `Math.random`. */
  readonly random?: () => number
  /** Sessions at once, 1 to 1 000 000. Default 10 000. */
  readonly limit?: number
  /**
   * The actors without whose acknowledgement nothing is forgotten; the first of them leads collection, so it should be one that meets the others. Default: none,
   * and nothing is forgotten. Only the leader's list counts.
   */
  readonly members?: readonly string[]
  /** Changes after which the leader begins a collection by itself, 1 to 1 000 000 000. Default 1000. */
  readonly collectAfter?: number
}

export type { Session, SyncEvent } from './session.ts'

export interface Sync extends Disposable {
  /** A session with one peer. `send` gets whole messages; what it throws counts as a lost message. */
  connect(send: (bytes: Uint8Array) => void): Session
  /** What all the members are known to have: what they acknowledged, ever, in any session. Empty while a member has not been heard of. */
  stable(members: Iterable<string>): VersionVector
  /** The members; the first one leads collection. */
  readonly members: readonly string[]
  /** Declares the members. Who is removed is waited for no longer: if it comes back after a collection, its work goes through `rebase`. */
  setMembers(members: readonly string[]): void
  /** As the leader: begins a collection now. It ends when all members have acknowledged, twice. Whether one is under way. */
  collect(): boolean
  onEvent(listener: (event: SyncEvent) => void): Disposable
  /**
   * The cure of a fork: the state with everything that was done since this sync was made under a new actor. Open it with `loadDoc(schema, bytes, { actor })` and sync
   * that instead: nothing is lost, and the id's other work is taken in beside it.
   */
  heal(actor: string): Uint8Array
  /** The cure of a stale replica: a peer's state with this replica's own work, as far as the state lacks it, under a new actor. Open it as after `heal`. */
  rebase(actor: string, state: Uint8Array): Uint8Array
}

/** Sync of one document, with any number of peers. What comes from one goes on to the others. */
export function createSync(doc: AnyDoc, options: SyncOptions = {}): Sync {
  checkOptions(options, ['random', 'limit', 'members', 'collectAfter'], 'createSync')
  const { random = systemRandom, limit = 10_000, collectAfter = 1000 } = options
  checkLimit(limit, 1_000_000, 'limit')
  checkLimit(collectAfter, 1e9, 'collectAfter')
  const inside = insideOf(doc)
  const { replica } = inside
  const written = (): number => highest(replica.context, 0)
  const lives = createLives(doc.actor, { start: written(), nonce: Math.floor(random() * 2 ** 32), upTo: written() })
  const sessions = new Set<InnerSession>()
  const acknowledged = new Map<string, Acknowledgement>()
  const listeners = new Set<(event: SyncEvent) => void>()
  const collector = createCollector(replica)
  const counted = createCounted(replica)
  let members = checkMembers(options.members ?? [])
  let epoch = doc.epoch
  let changes = 0

  function emit(event: SyncEvent): void {
    for (const listener of Array.from(listeners)) {
      try {
        listener(event)
      } catch {
        // A listener is a guest: what it throws never reaches a session.
      }
    }
  }

  const leads = (): boolean => members[0] === doc.actor

  function drive(): void {
    if (!leads()) return
    const record = collector.advance(members.slice(1).map((actor) => ({ actor, said: acknowledged.get(actor) })))
    if (record !== undefined) doc.apply(record)
  }

  function collect(): boolean {
    if (!leads() || !collector.begin()) return false
    changes = 0
    drive()
    return true
  }

  const watch = (step: Step): void => {
    counted.watch(step)
    for (const session of Array.from(sessions)) session.offer(step)
    if (doc.epoch !== epoch) {
      epoch = doc.epoch
      collector.reset()
      // What was under way in the epoch before is refused on the other side, and whoever slept has to hear of it.
      for (const session of Array.from(sessions)) if (session.peer !== undefined) session.hello()
      emit({ type: 'collected', epoch })
    } else if (++changes >= collectAfter) collect()
  }
  inside.watchers.add(watch)

  const hub: Hub = {
    doc, replica, lives, written, emit,
    known: () => [...acknowledged].filter(([actor]) => members.includes(actor)),
    acknowledge(actor, acknowledgement) {
      const before = acknowledged.get(actor)
      // News may come by several ways, and old news last.
      if (before !== undefined && (before.epoch > acknowledgement.epoch || !covers(acknowledgement.version, before.version))) return
      acknowledged.delete(actor)
      acknowledged.set(actor, acknowledgement)
      if (acknowledged.size > limit) for (const [oldest] of acknowledged) if (!members.includes(oldest)) { acknowledged.delete(oldest); break }
      if (members.includes(actor)) drive()
    },
  }

  return {
    connect(send) {
      if (sessions.size >= limit) throw new RangeError(`There are ${limit} sessions already. Dispose of some, or raise \`limit\`.`)
      const session = createSession(hub, send, () => void sessions.delete(session))
      sessions.add(session)
      return session
    },
    stable(of) {
      const here = doc.version()
      return minimum([...of].map((member) => {
        const told = member === doc.actor ? here : acknowledged.get(member)?.version
        // Nobody acknowledges what it made itself: what has arrived here of it, it has.
        return told === undefined ? {} : { ...told, [member]: Math.max(headIn(told[member]), headIn(here[member])) }
      }))
    },
    get members() { return members },
    setMembers(list) {
      members = checkMembers(list)
      collector.reset()
    },
    collect,
    onEvent(listener) {
      const own = (event: SyncEvent): void => listener(event)
      listeners.add(own)
      return { [Symbol.dispose]: () => void listeners.delete(own) }
    },
    heal: (actor) => heal(doc, actor, lives.own.start, counted),
    rebase: (actor, state) => rebase(doc, actor, state),
    [Symbol.dispose]() {
      inside.watchers.delete(watch)
      for (const session of Array.from(sessions)) session[Symbol.dispose]()
    },
  }
}

function checkLimit(value: unknown, most: number, name: string): void {
  if (!Number.isInteger(value) || (value as number) < 1 || (value as number) > most) throw new RangeError(`${name} is a whole number from 1 to ${most}; got ${String(value)}.`)
}

function checkMembers(members: readonly string[]): readonly string[] {
  if (!Array.isArray(members) || new Set(members).size !== members.length) throw new TypeError('`members` is a list of different actor ids, the leader of collection first.')
  return Object.freeze(members.map(checkActor))
}

/** What all versions have in common, below their gaps. */
function minimum(versions: readonly VersionVector[]): VersionVector {
  const [first = {}, ...rest] = versions
  const result: Record<string, number> = {}
  for (const [actor, entry] of Object.entries(first)) {
    const least = rest.reduce((low, version) => Math.min(low, headIn(version[actor])), headIn(entry))
    if (least > 0) result[actor] = least
  }
  return result
}
