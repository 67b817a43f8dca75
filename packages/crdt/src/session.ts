/** One session: what two replicas say to each other, from hello on. */
import { answerRanges, openRanges, type Range } from './core/reconcile.ts'
import { covers, headIn } from './core/version.ts'
import { WHOLE } from './core/frame.ts'
import type { Replica } from './core/replica.ts'
import type { AnyDoc } from './doc.ts'
import { corrupt, CrdtError } from './ground/errors.ts'
import { checkBytes } from './ground/options.ts'
import type { ApplyResult, VersionVector } from './ground/types.ts'
import type { Step } from './inside.ts'
import type { Lives } from './lives.ts'
import { parseMessage, writeMessage, type Acknowledgement, type Hello, type Message } from './message.ts'

export type SyncEvent =
  /** A peer has answered, and both have sent what the other lacked. */
  | { readonly type: 'hello'; readonly actor: string; readonly version: VersionVector }
  /** Bytes from a peer were taken in. */
  | { readonly type: 'applied'; readonly actor: string | undefined; readonly result: ApplyResult }
  /** Bytes from a peer were refused; nothing changed. */
  | { readonly type: 'refused'; readonly actor: string | undefined; readonly error: unknown }
  /** Two replicas write under one actor id. The session is closed; give one of them a new actor. */
  | { readonly type: 'fork'; readonly actor: string; readonly error: CrdtError }
  /** Garbage was collected: the document is in a new epoch. */
  | { readonly type: 'collected'; readonly epoch: number }
  /** The others went into another epoch without this replica. `rebase(actor, state)` carries its work over. */
  | { readonly type: 'stale'; readonly actor: string | undefined; readonly state: Uint8Array; readonly error: unknown }

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

/** What a session needs of the sync that it belongs to. */
export interface Hub {
  readonly doc: AnyDoc
  readonly replica: Replica
  readonly lives: Lives
  /** The last operation that this replica has made. */
  written(): number
  emit(event: SyncEvent): void
  /** What each member is known to have, from any session. */
  known(): readonly (readonly [actor: string, acknowledgement: Acknowledgement])[]
  acknowledge(actor: string, acknowledgement: Acknowledgement): void
}

export interface InnerSession extends Session {
  /** Passes a change on, unless it came from here. */
  offer(step: Step): void
}

/** Actors beyond which a hello does not list them all. */
const LONG_VERSION = 64

let sessionsMade = 0

export function createSession(hub: Hub, send: (bytes: Uint8Array) => void, end: () => void): InnerSession {
  const { doc, replica, lives } = hub
  let peer: string | undefined
  let version: VersionVector = {}
  let greeted = false
  let ended = false
  /** What the peer was last told that this replica has. */
  let told: VersionVector = {}
  /** What was known here when ranges were last told. */
  let compared: VersionVector = {}
  /** Marks what came from this peer, so that it is not sent back. */
  const origin = `session ${++sessionsMade}`

  function post(message: Message): void {
    try {
      if (!ended) send(writeMessage(message))
    } catch {
      // As good as lost; the next hello repairs it.
    }
  }

  function close(): void {
    ended = true
    end()
  }

  /** `ranges`: an answer to theirs. Otherwise they are opened where the version would be long. */
  function greet(type: 'hello' | 'answer', ranges?: readonly Range[]): void {
    greeted = true
    lives.wrote(doc.actor, hub.written())
    const whole = doc.version()
    compared = ranges === undefined ? whole : compared
    const isLong = ranges !== undefined || Object.keys(whole).length > LONG_VERSION
    told = isLong ? Object.fromEntries([doc.actor, peer].flatMap((actor) => (actor !== undefined && whole[actor] !== undefined ? [[actor, whole[actor]]] : []))) : whole
    const { number: epoch, code } = replica.epoch
    post({ type, actor: doc.actor, epoch, code, version: told, ranges: isLong ? ranges ?? openRanges(whole) : undefined, lives: lives.all(), acknowledged: hub.known() })
  }

  /** Goes on with the talk about differences: sends what the peer was found to lack; what to say next. */
  function compare(ranges: readonly Range[]): readonly Range[] {
    const now = doc.version()
    const { reply, known, lacking, ...rest } = answerRanges(now, compared, ranges)
    compared = now
    told = { ...told, ...rest.told }
    acknowledge(replica.epoch.number, known)
    const lacked = doc.changesSince(lacking)
    if (lacked !== undefined) post({ type: 'delta', bytes: lacked })
    return reply
  }

  function acknowledge(epoch: number, news: VersionVector): void {
    version = { ...version, ...news }
    hub.acknowledge(peer!, { epoch, version })
  }

  function hear({ actor, epoch, code, version: theirs, ranges, lives: theirLives, acknowledged }: Hello): readonly Range[] | undefined {
    peer = actor
    const mine = headIn(theirs[doc.actor])
    const forked = actor === doc.actor ? doc.actor : lives.learn(theirLives) ?? (mine > hub.written() && hub.written() > lives.own.start ? doc.actor : undefined)
    if (forked !== undefined) {
      close()
      const error = new CrdtError('fork', `Two replicas write as ${JSON.stringify(forked)}: operations of one name differ. Give one of them a new actor, and save its work under that.`)
      hub.emit({ type: 'fork', actor: forked, error })
      return undefined
    }
    version = ranges === undefined ? theirs : { ...version, ...theirs }
    let reply: readonly Range[] | undefined
    if (epoch === replica.epoch.number && code === replica.epoch.code) {
      if (ranges !== undefined) reply = compare(ranges)
      else {
        const lacked = doc.changesSince(theirs)
        if (lacked !== undefined) post({ type: 'delta', bytes: lacked })
      }
    } else if (epoch < replica.epoch.number) post({ type: 'delta', bytes: epoch === replica.epoch.number - 1 && (ranges !== undefined || Object.keys(theirs).length > 0) ? replica.epoch.record : doc.save() })
    else if (epoch === replica.epoch.number && code > replica.epoch.code) post({ type: 'stale' })
    hub.acknowledge(actor, { epoch, version })
    for (const [other, acknowledgement] of acknowledged) if (other !== doc.actor) hub.acknowledge(other, acknowledgement)
    hub.emit({ type: 'hello', actor, version })
    return reply
  }

  function take(bytes: Uint8Array): void {
    const before = replica.epoch
    const result = doc.apply(bytes, { origin })
    hub.emit({ type: 'applied', actor: peer, result })
    // A new epoch was told to all sessions already.
    if (replica.epoch !== before) return
    if (result.missing.length > 0 || result.pending > 0) return greet('hello')
    const now = doc.version()
    // What was made here goes with each: who leads a collection must know of it, also where the message that told of it was lost.
    const news = Object.fromEntries(Object.entries(now).filter(([actor, entry]) => actor === doc.actor || !covers(told, { [actor]: entry })))
    told = now
    post({ type: 'ack', epoch: replica.epoch.number, version: news })
  }

  /** What was sent before its sender heard of a collection comes again after it has. A record that cannot be followed is answered by asking for the state; a later state that cannot be taken in is the end of the way. */
  function takeOrSay(bytes: Uint8Array): void {
    try {
      take(bytes)
    } catch (error) {
      if (!(error instanceof CrdtError) || error.code !== 'stale-epoch') throw error
      if (error.epoch! < replica.epoch.number) greet('hello')
      else if (bytes[3]! & WHOLE) hub.emit({ type: 'stale', actor: peer, state: bytes.slice(), error })
      else post({ type: 'stale' })
    }
  }

  return {
    get peer() { return peer },
    get version() { return version },
    hello: () => greet('hello'),
    offer(step) {
      if (peer !== undefined && step.origin !== origin) post({ type: 'delta', bytes: step.bytes() })
    },
    receive(bytes) {
      if (ended) return false
      try {
        const message = parseMessage(checkBytes(bytes, 'receive()'))
        if (message.type === 'delta') takeOrSay(message.bytes)
        else if (message.type === 'stale') post({ type: 'delta', bytes: doc.save() })
        else if (message.type === 'ranges') {
          if (peer === undefined) throw corrupt('ranges came before a hello')
          const reply = compare(message.ranges)
          if (reply.length > 0) post({ type: 'ranges', ranges: reply })
        } else if (message.type === 'ack') {
          if (peer === undefined) throw corrupt('an acknowledgement came before a hello')
          acknowledge(message.epoch, message.version)
        } else {
          const reply = hear(message)
          if (!ended && (message.type === 'hello' || !greeted)) greet('answer', reply)
          else if (reply !== undefined && reply.length > 0) post({ type: 'ranges', ranges: reply })
        }
        return !ended
      } catch (error) {
        hub.emit({ type: 'refused', actor: peer, error })
        return false
      }
    },
    [Symbol.dispose]: close,
  }
}
