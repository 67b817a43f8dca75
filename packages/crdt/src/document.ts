/** The document: a replica with a face. It owns the order of things (one change at a time, listeners after it stands) and nothing else. */
import { indexOf } from './core/actors.ts'
import type { ChangeOptions, Doc, DocOptions } from './doc.ts'
import { absorb, foreignStamps, mustWait } from './core/absorb.ts'
import { lacking, type Remembered } from './core/buffer.ts'
import type { Touched, Transaction } from './core/node.ts'
import { patchesOf } from './core/patches.ts'
import { readNode } from './core/branch.ts'
import { fingerprint } from './core/codec/checksum.ts'
import { freshIn, holesIn, isVoid, spansIn, subtract } from './core/context.ts'
import { conflictsIn, explainAt, find } from './core/conflicts.ts'
import { put, type EntriesNode } from './core/entries.ts'
import { canForget, epochOf, forgetTogether } from './core/epoch.ts'
import { encodeDelta, encodeState } from './core/frame.ts'
import { isRepeat, parseFrame, type Frame } from './core/parse.ts'
import { compile } from './core/plan.ts'
import { beginEdit, commitEdit, createReplica, type Replica } from './core/replica.ts'
import type { Desk, DraftOf, Type, ValueOf } from './core/schema.ts'
import { documentCode } from './core/signature.ts'
import { createTransaction, rollBack, touchedBy } from './core/trail.ts'
import { checkValue } from './core/value.ts'
import { contextOfVersion, versionOf } from './core/version.ts'
import { setInside, type Step } from './inside.ts'
import { CrdtError } from './ground/errors.ts'
import { BUFFER_SIZE, MAX_PENDING_BYTES, MAX_SEQUENCE } from './ground/defaults.ts'
import { checkActor, checkBytes, checkOptions, show } from './ground/options.ts'
import type { ApplyResult, ChangeEvent, VersionVector } from './ground/types.ts'

/** A new, empty replica. All replicas of a document need the same schema and id. */
export function createDoc<T extends Type>(schema: T, options: DocOptions): Doc<T> {
  return open(schema, options)
}

/** A replica from `save()`. Give it the actor that it had only if no other replica uses that, and no older copy of it was restored meanwhile. */
export function loadDoc<T extends Type>(schema: T, bytes: Uint8Array, options: DocOptions): Doc<T> {
  return open(schema, options, checkBytes(bytes, 'loadDoc'))
}

function open<T extends Type>(schema: T, options: DocOptions, saved?: Uint8Array): Doc<T> {
  checkOptions(options, ['actor', 'id', 'clock', 'bufferSize', 'maxPendingBytes'], 'createDoc')
  if (schema?.form !== 'record') throw new TypeError(`createDoc takes a schema made by s.doc({ … }); got ${show(schema)}.`)
  const { clock } = options
  const compiled = compile(schema)
  const replica = createReplica(compiled, documentCode(compiled, options.id ?? ''), checkActor(options.actor), limit('bufferSize', 1e7, BUFFER_SIZE, options.bufferSize))
  const pendingLimit = limit('maxPendingBytes', 2 ** 31, MAX_PENDING_BYTES, options.maxPendingBytes)
  const { ids } = replica.actors
  const pending: Uint8Array[] = []
  const listeners = new Set<(event: ChangeEvent) => void>()
  const events: ChangeEvent[] = []
  const watchers = new Set<(step: Step) => void>()
  const desk: Desk = { ids, edit: undefined, indexOf: (actor) => indexOf(replica.actors, actor) }
  const draft = schema.draft(replica.root, desk) as DraftOf<T>
  let notifying = false
  let stepping = 0
  const deferred: Uint8Array[] = []

  function idle(what: string): void {
    if (desk.edit !== undefined) throw new TypeError(`${what} was called inside change(). Finish the change first.`)
  }

  function step(one: Step): void {
    stepping++
    for (const watcher of Array.from(watchers)) watcher(one)
    if (--stepping > 0) return
    for (const bytes of deferred.splice(0)) apply(bytes)
  }

  function tell(event: () => ChangeEvent): void {
    if (listeners.size === 0) return
    events.push(event())
    // A listener that changes the document is heard after all have heard the change that woke it.
    if (notifying) return
    notifying = true
    try {
      for (let next = events.shift(); next !== undefined; next = events.shift()) {
        for (const listener of Array.from(listeners)) {
          try {
            listener(next)
          } catch {
            // A listener is a guest: what it throws never reaches the change that woke it.
          }
        }
      }
    } finally {
      notifying = false
    }
  }

  /** `deliver` gets the change when it stands and before anybody hears of it: a listener may already make the next. (In parentheses: see `put`.) */
  const perform = ((run: (draft: DraftOf<T>) => void, options?: ChangeOptions, deliver?: (change: Remembered) => void): boolean => {
    if (desk.edit !== undefined) idle('change()')
    if (typeof run !== 'function') throw notAFunction(run)
    const started = (desk.edit = beginEdit(replica, clock))
    try {
      const returned: unknown = run(draft)
      if (typeof (returned as PromiseLike<unknown> | undefined)?.then === 'function') throw notSynchronous()
      if (started.seq > MAX_SEQUENCE) throw exhausted()
    } catch (error) {
      desk.edit = undefined
      rollBack(started)
      throw error
    }
    desk.edit = undefined
    const change = commitEdit(replica, started)
    if (change === undefined) return false
    deliver?.(change)
    if (watchers.size + listeners.size > 0) announce(change, touchedBy(started), options?.origin)
    return true
  })

  function announce(change: Remembered, touched: readonly Touched[], origin: string | undefined): void {
    step({ local: true, origin, touched, bytes: () => encodeDelta(replica, change) })
    tell(() => ({ local: true, origin, patches: patchesOf(touched, ids) }))
  }

  function change(run: (draft: DraftOf<T>) => void, options?: ChangeOptions): Uint8Array | undefined {
    let bytes: Uint8Array | undefined
    perform(run, options, (made) => { bytes = encodeDelta(replica, made) })
    return bytes
  }

  function apply(given: Uint8Array, options?: ChangeOptions): ApplyResult {
    idle('apply()')
    const bytes = checkBytes(given, 'apply()')
    if (isRepeat(replica, bytes)) return { applied: 0, duplicate: replica.repeat!.operations, pending: 0, missing: holesIn(replica.context, ids), changes: [] }
    const frame = parseFrame(replica, bytes)
    if (stepping > 0 && frame.epoch.number > replica.epoch.number) {
      // Not while others are still being told of a step: they would hear of the new epoch first.
      if (frame.follows !== undefined && canForget(replica, frame)) deferred.push(bytes.slice())
      return result(frame, 0, frame.follows === undefined ? frame.fresh : 0)
    }
    if (frame.follows !== undefined) {
      if (forgetBy(frame, bytes)) step({ local: false, origin: options?.origin, touched: [], bytes: () => bytes })
      return result(frame, 0, 0)
    }
    const { fresh } = frame
    const forgot = enter(frame)
    if (forgot !== undefined) step({ local: false, origin: options?.origin, touched: [], bytes: () => forgot })
    if (fresh === 0) return result(frame, 0, 0)
    if (mustWait(replica, frame)) {
      hold(bytes)
      return result(frame, 0, fresh)
    }
    const transaction = createTransaction(ids)
    take(frame, transaction)
    retry(transaction)
    if (watchers.size + listeners.size > 0) {
      const origin = options?.origin
      const touched = touchedBy(transaction)
      step({ local: false, origin, touched, bytes: () => bytes })
      tell(() => ({ local: false, origin, patches: patchesOf(touched, ids) }))
    }
    return result(frame, fresh, 0, transaction)
  }

  /** Takes in the record of a collection; false if it was known. Throws where it cannot be followed. */
  function forgetBy(record: Frame, bytes: Uint8Array): boolean {
    const { number, code } = replica.epoch
    if (record.epoch.number < number || (record.epoch.number === number && record.epoch.code === code)) return false
    if (!canForget(replica, record)) throw stale(record.epoch.number)
    forgetTogether(replica, record, bytes)
    // What waited was of the epoch before. It stays missing, and comes again.
    pending.length = 0
    return true
  }

  /** Comes to the epoch of a frame, or throws where there is no way from one to the other; a replica that knows nothing yet begins there. The record that was followed, if any. */
  function enter({ epoch, record, fresh }: Frame): Uint8Array | undefined {
    const { number, code } = replica.epoch
    if (epoch.number === number && epoch.code === code) return undefined
    // An echo of an earlier epoch, all of which is known.
    if (epoch.number < number && fresh === 0) return undefined
    if (epoch.number <= number || record === undefined) throw stale(epoch.number)
    if (isVoid(replica.context) && isVoid(replica.graves)) {
      replica.epoch = epochOf(record.frame, record.bytes)
      pending.length = 0
      return undefined
    }
    return forgetBy(record.frame, record.bytes) ? record.bytes.slice() : undefined
  }

  function stale(theirs: number): CrdtError {
    const { number } = replica.epoch
    const cure = theirs < number ? 'Their replica must hear of the collection first.' : 'Take in what it lacks, then the record of the collection, or see `rebase` of /sync.'
    return new CrdtError('stale-epoch', `The bytes are of epoch ${theirs}; this replica is in epoch ${number}${theirs === number ? ', of another collection' : ''}. ${cure}`, { epoch: theirs })
  }

  function take(frame: Frame, transaction: Transaction): void {
    const stamps = clock?.receiveAll === undefined ? [] : foreignStamps(replica, frame)
    if (stamps.length > 0) clock!.receiveAll!(stamps)
    absorb(replica, frame, transaction)
    replica.repeat = frame.repeat ?? replica.repeat
  }

  function hold(bytes: Uint8Array): void {
    pending.push(bytes.slice())
    let size = pending.reduce((sum, one) => sum + one.length, 0)
    while (size > pendingLimit) size -= pending.shift()!.length
  }

  /** Frames that waited and now can stand. One may wake the next, so again until none moves. */
  function retry(transaction: Transaction): void {
    for (let moved = true; moved;) {
      moved = false
      for (const bytes of pending.splice(0)) {
        const frame = parseFrame(replica, bytes)
        if (mustWait(replica, frame)) pending.push(bytes)
        else if (frame.fresh > 0) {
          take(frame, transaction)
          moved = true
        }
      }
    }
  }

  function result({ spans, follows }: Frame, applied: number, pending: number, transaction?: Transaction): ApplyResult {
    let changes = transaction === undefined ? [] : hasToBeToldNow(transaction) ? patchesOf(touchedBy(transaction), ids) : undefined
    // The record of a collection brings nothing; its spans are the cut.
    const brought = follows === undefined ? freshIn([], spans) : 0
    return {
      applied,
      duplicate: brought - applied - pending,
      pending,
      missing: holesIn(replica.context, ids),
      get changes() { return (changes ??= patchesOf(touchedBy(transaction!), ids)) },
    }
  }

  function restore(bytes: Uint8Array): void {
    const frame = parseFrame(replica, bytes)
    if (frame.follows !== undefined) {
      forgetBy(frame, bytes)
      return
    }
    enter(frame)
    if (mustWait(replica, frame)) hold(bytes)
    else if (frame.fresh > 0) absorb(replica, frame)
  }

  if (saved !== undefined) restore(saved)

  const doc: Doc<T> = {
    actor: options.actor,
    get epoch() { return replica.epoch.number },
    get value() { return readNode(replica.root, ids) as ValueOf<T> },
    change,
    edit: perform,
    apply,
    version: () => versionOf(replica.context, ids),
    changesSince(version) {
      idle('changesSince()')
      return changesSince(replica, version)
    },
    save() {
      idle('save()')
      return encodeState(replica)
    },
    digest() {
      idle('digest()')
      return fingerprint(encodeState(replica))
    },
    conflicts: () => conflictsIn(replica),
    resolve(path, value) {
      const { node, place } = find(replica, path)
      const { form } = node.plan.type
      if (form !== 'register' && (form !== 'registerMap' || place === undefined)) throw new TypeError(`resolve() settles registers; at ${JSON.stringify(path)} is a ${form}.`)
      return change(() => put(node as EntriesNode, place ?? '', checkValue(value), desk.edit!, true))!
    },
    explain: (path) => explainAt(replica, path),
    subscribe(listener) {
      if (typeof listener !== 'function') throw new TypeError(`subscribe() takes a function; got ${show(listener)}.`)
      const own = (event: ChangeEvent): void => listener(event)
      listeners.add(own)
      return { [Symbol.dispose]: () => void listeners.delete(own) }
    },
  }
  setInside(doc, { restore, schema, id: options.id ?? '', replica, desk, watchers, perform: (run, origin) => change(() => run(desk.edit!), origin === undefined ? {} : { origin }) })
  return doc
}

/** Where patches depend on the state around the touches. */
const hasToBeToldNow = ({ trails }: Transaction): boolean => [...trails.keys()].some(({ plan }) => plan.leaf!.eager || plan.isPart)

const notAFunction = (run: unknown): TypeError => new TypeError(`change() takes a function of a draft; got ${show(run)}.`)
const notSynchronous = (): TypeError => new TypeError('change() takes a synchronous function; this one returned a promise. Await first, then change.')
const exhausted = (): RangeError => new RangeError(`An actor makes at most ${MAX_SEQUENCE} operations. Continue under a new actor id.`)

function limit(name: string, most: number, fallback: number, value: number = fallback): number {
  if (!Number.isInteger(value) || value < 0 || value > most) throw new RangeError(`${name} is a whole number from 0 to ${most}; got ${show(value)}.`)
  return value
}

function changesSince(replica: Replica, version: VersionVector): Uint8Array | undefined {
  const { actors, context, buffer } = replica
  const told = contextOfVersion(version, actors.indices, 'changesSince()')
  const spans = spansIn(subtract(context, told))
  if (spans.length === 0) return undefined
  const lacked = lacking(buffer, context, told)
  return lacked === undefined ? encodeState(replica) : encodeDelta(replica, { spans, ...lacked })
}
