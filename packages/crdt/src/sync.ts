/**
 * Sync without a transport: sessions that take bytes and give bytes.
 *
 * Two replicas say hello with what they know, send each other what the other lacks, and from then on every change as it is made. A lost message costs nothing
 * but time: the next hello repairs it. Acknowledgements tell what everybody has, and an actor id that two replicas use is found at the first hello.
 * @module
 */
import { highest } from './core/context.ts'
import { headOf } from './core/version.ts'
import type { AnyDoc } from './doc.ts'
import { systemRandom } from './ground/clock.ts'
import { corrupt, CrdtError } from './ground/errors.ts'
import { checkBytes, checkOptions } from './ground/options.ts'
import type { ApplyResult, VersionVector } from './ground/types.ts'
import { insideOf, type Step } from './inside.ts'
import { createCounted, heal } from './heal.ts'
import { createLives, type Life } from './lives.ts'
import { minimum, parseMessage, writeMessage } from './message.ts'

export interface SyncOptions {
  /** [0, 1): tells apart the lives of one actor id. Default `Math.random`. */
  readonly random?: () => number
  /** Sessions at once, 1 to 1 000 000. Default 10 000. */
  readonly limit?: number
}

export type SyncEvent =
  /** A peer has answered, and both have sent what the other lacked. */
  | { readonly type: 'hello'; readonly actor: string; readonly version: VersionVector }
  /** Bytes from a peer were taken in. */
  | { readonly type: 'applied'; readonly actor: string | undefined; readonly result: ApplyResult }
  /** Bytes from a peer were refused; nothing changed. */
  | { readonly type: 'refused'; readonly actor: string | undefined; readonly error: unknown }
  /** Two replicas write under one actor id. The session is closed; give one of them a new actor. */
  | { readonly type: 'fork'; readonly actor: string; readonly error: CrdtError }

export interface Session extends Disposable {
  /** Known once it has said hello. */
  readonly peer: string | undefined
  /** What the peer has acknowledged. */
  readonly version: VersionVector
  /** Says hello: at the start, after a reconnection, and from time to time where the transport loses. */
  hello(): void
  /** Takes in a message. Never throws for what a peer sent: it becomes an event. Whether it was good. */
  receive(bytes: Uint8Array): boolean
}

export interface Sync extends Disposable {
  /** A session with one peer. `send` gets whole messages; what it throws counts as a lost message. */
  connect(send: (bytes: Uint8Array) => void): Session
  /** What all the members are known to have: what they acknowledged, ever, in any session. Empty while a member has not been heard of. */
  stable(members: Iterable<string>): VersionVector
  onEvent(listener: (event: SyncEvent) => void): Disposable
  /**
   * The cure of a fork: the state with everything that was done since this sync was made under a new actor. Open it with `loadDoc(schema, bytes, { actor })` and sync
   * that instead: nothing is lost, and the id's other work is taken in beside it.
   */
  heal(actor: string): Uint8Array
}

let sessionsMade = 0

/** Sync of one document, with any number of peers. What comes from one goes on to the others. */
export function createSync(doc: AnyDoc, options: SyncOptions = {}): Sync {
  checkOptions(options, ['random', 'limit'], 'createSync')
  const { random = systemRandom, limit = 10_000 } = options
  if (!Number.isInteger(limit) || limit < 1 || limit > 1_000_000) throw new RangeError(`limit is a whole number from 1 to 1000000; got ${String(limit)}.`)
  const inside = insideOf(doc)
  const written = (): number => highest(inside.replica.context, 0)
  const lives = createLives(doc.actor, { start: written(), nonce: Math.floor(random() * 2 ** 32), upTo: written() })
  const sessions = new Set<{ offer(step: Step): void; end(): void }>()
  const acknowledged = new Map<string, VersionVector>()
  const listeners = new Set<(event: SyncEvent) => void>()

  function emit(event: SyncEvent): void {
    for (const listener of Array.from(listeners)) {
      try {
        listener(event)
      } catch {
        // A listener is a guest: what it throws never reaches a session.
      }
    }
  }

  const counted = createCounted(inside.replica)
  const watch = (step: Step): void => {
    counted.watch(step)
    for (const session of Array.from(sessions)) session.offer(step)
  }
  inside.watchers.add(watch)

  function connect(send: (bytes: Uint8Array) => void): Session {
    if (sessions.size >= limit) throw new RangeError(`There are ${limit} sessions already. Dispose of some, or raise \`limit\`.`)
    let peer: string | undefined
    let version: VersionVector = {}
    let greeted = false
    /** Marks what came from this peer, so that it is not sent back. */
    const origin = `session ${++sessionsMade}`
    const handle = { offer, end: () => void sessions.delete(handle) }
    sessions.add(handle)

    function post(bytes: Uint8Array): void {
      try {
        if (sessions.has(handle)) send(bytes)
      } catch {
        // As good as lost; the next hello repairs it.
      }
    }

    function greet(reply: boolean): void {
      greeted = true
      lives.wrote(doc.actor, written())
      post(writeMessage({ type: reply ? 'hello' : 'answer', actor: doc.actor, version: doc.version(), lives: lives.all() }))
    }

    function offer(step: Step): void {
      if (peer !== undefined && step.origin !== origin) post(writeMessage({ type: 'delta', bytes: step.bytes() }))
    }

    function acknowledge(of: string, told: VersionVector): void {
      version = told
      acknowledged.set(of, told)
    }

    function hear(actor: string, told: VersionVector, theirs: readonly (readonly [string, Life])[]): void {
      peer = actor
      const mine = headOf(told[doc.actor])
      const forked = actor === doc.actor ? doc.actor : lives.learn(theirs) ?? (mine > written() && written() > lives.own.start ? doc.actor : undefined)
      if (forked !== undefined) {
        handle.end()
        const error = new CrdtError('fork', `Two replicas write as ${JSON.stringify(forked)}: operations of one name differ. Give one of them a new actor, and save its work under that.`)
        emit({ type: 'fork', actor: forked, error })
        return
      }
      acknowledge(actor, told)
      const lacked = doc.changesSince(told)
      if (lacked !== undefined) post(writeMessage({ type: 'delta', bytes: lacked }))
      emit({ type: 'hello', actor, version: told })
    }

    function take(bytes: Uint8Array): void {
      const result = doc.apply(bytes, { origin })
      emit({ type: 'applied', actor: peer, result })
      if (result.missing.length > 0 || result.pending > 0) greet(true)
      else post(writeMessage({ type: 'ack', version: doc.version() }))
    }

    return {
      get peer() { return peer },
      get version() { return version },
      hello: () => greet(true),
      receive(bytes) {
        try {
          const message = parseMessage(checkBytes(bytes, 'receive()'))
          if (message.type === 'delta') take(message.bytes)
          else if (message.type === 'ack') {
            if (peer === undefined) throw corrupt('an acknowledgement came before a hello')
            acknowledge(peer, message.version)
          } else {
            hear(message.actor, message.version, message.lives)
            if (message.type === 'hello' || !greeted) greet(false)
          }
          return sessions.has(handle)
        } catch (error) {
          emit({ type: 'refused', actor: peer, error })
          return false
        }
      },
      [Symbol.dispose]: handle.end,
    }
  }

  return {
    connect,
    stable(members) {
      const here = doc.version()
      return minimum([...members].map((member) => {
        const told = member === doc.actor ? here : acknowledged.get(member)
        // Nobody acknowledges what it made itself: what has arrived here of it, it has.
        return told === undefined ? {} : { ...told, [member]: Math.max(headOf(told[member]), headOf(here[member])) }
      }))
    },
    onEvent(listener) {
      const own = (event: SyncEvent): void => listener(event)
      listeners.add(own)
      return { [Symbol.dispose]: () => void listeners.delete(own) }
    },
    heal: (actor) => heal(doc, actor, lives.own.start, counted),
    [Symbol.dispose]() {
      inside.watchers.delete(watch)
      for (const session of Array.from(sessions)) session.end()
    },
  }
}
