/** The errors. Each has a literal `code`, the facts as fields, and a message that says what was expected, what came and what to do. */

/** A saga did not complete: all that had begun was undone, or (`stuck` is not empty) somebody has to look. `cause` is what turned it back. */
export class SagaFailed extends Error {
  readonly code = 'saga-failed'
  readonly saga: string
  readonly id: string
  readonly undone: readonly string[]
  readonly stuck: readonly string[]
  constructor(facts: { saga: string; id: string; cause: unknown; undone: readonly string[]; stuck: readonly string[] }) {
    const why = facts.cause instanceof Error ? facts.cause.message : String(facts.cause)
    const fate = facts.stuck.length > 0
      ? `stuck at ${facts.stuck.map(quote).join(', ')}: look at engine.get('${facts.id}'), then engine.retry or engine.resolve`
      : facts.undone.length > 0 ? `undone: ${facts.undone.map(quote).join(', ')}` : 'nothing had to be undone'
    super(`saga '${facts.saga}' (${facts.id}) failed: ${why}; ${fate}`, { cause: facts.cause })
    this.name = 'SagaFailed'
    this.saga = facts.saga
    this.id = facts.id
    this.undone = facts.undone
    this.stuck = facts.stuck
  }
}

/**
 * Thrown by a step to say that this attempt had no effect. Never retried. Where it was the only attempt, the step's own undo is not needed; where another was made, or
 * may have been made by a life that ended, that one may have had its effect, and the undo runs. The saga sees `cause`, if there is one.
 */
export class NothingHappened extends Error {
  readonly code = 'nothing-happened'
  constructor(message: string, options?: { cause?: unknown }) {
    super(message, options)
    this.name = 'NothingHappened'
  }
}

/** `throw nothingHappened(error)`: this attempt failed with `error` and had no effect. */
export function nothingHappened(error: unknown): NothingHappened {
  return new NothingHappened(error instanceof Error ? error.message : String(error), { cause: error })
}

/** A step or a wait ran out of time. What the step was doing may still happen; if it does, it is undone. */
export class StepTimeout extends Error {
  readonly code = 'step-timeout'
  readonly step: string
  readonly timeoutMs: number
  constructor(step: string, timeoutMs: number) {
    super(`step '${step}' had no outcome after ${timeoutMs} ms; it may still succeed, and is undone if it does`)
    this.name = 'StepTimeout'
    this.step = step
    this.timeoutMs = timeoutMs
  }
}

/** Somebody called `cancel`. */
export class SagaCancelled extends Error {
  readonly code = 'saga-cancelled'
  readonly reason: string
  constructor(reason: string) {
    super(`cancelled: ${reason}`)
    this.name = 'SagaCancelled'
    this.reason = reason
  }
}

/** The saga's deadline passed before it completed. */
export class DeadlinePassed extends Error {
  readonly code = 'deadline-passed'
  constructor(message = 'the deadline passed before the saga completed') {
    super(message)
    this.name = 'DeadlinePassed'
  }
}

/** A value does not fit the log: it is too large, or it is not plain data. */
export class PayloadError extends Error {
  readonly code = 'payload'
  readonly where: string
  readonly bytes: number | undefined
  constructor(where: string, problem: string, bytes?: number) {
    super(`${where}: ${problem}`)
    this.name = 'PayloadError'
    this.where = where
    this.bytes = bytes
  }
}

/** A saga asked for the same name twice, or for more names than it may. */
export class StepNameError extends Error {
  readonly code = 'step-name'
  readonly step: string
  constructor(step: string, problem: string) {
    super(problem)
    this.name = 'StepNameError'
    this.step = step
  }
}

/** The id is taken by a saga with another definition or another input. */
export class IdConflict extends Error {
  readonly code = 'id-conflict'
  readonly id: string
  constructor(id: string, problem: string) {
    super(`saga id '${id}' ${problem}; the same id always means the same request, so use another id for another one`)
    this.name = 'IdConflict'
    this.id = id
  }
}

/** The log says something that the definition no longer does. */
export class DefinitionChanged extends Error {
  readonly code = 'definition-changed'
  readonly recorded: readonly string[]
  readonly asked: readonly string[]
  readonly missing: readonly string[]
  constructor(facts: { recorded: readonly string[]; asked: readonly string[]; missing: readonly string[] }) {
    super(`the log has ${list(facts.recorded)}; the definition asked for ${list(facts.asked)} and never for ${list(facts.missing)}. `
      + 'Deploy a definition that still asks for them, then engine.retry(id)')
    this.name = 'DefinitionChanged'
    this.recorded = facts.recorded
    this.asked = facts.asked
    this.missing = facts.missing
  }
}

/** The saga was taken again and again and never got anywhere; it may be what ends the process. */
export class PoisonSaga extends Error {
  readonly code = 'poison'
  readonly takes: number
  constructor(takes: number) {
    super(`taken ${takes} times without progress; find out what ends the process, then engine.retry(id)`)
    this.name = 'PoisonSaga'
    this.takes = takes
  }
}

/** Machinery: this life no longer holds the saga. Another one carries on; nothing is undone because of it. */
export class LeaseLost extends Error {
  readonly code = 'lease-lost'
  constructor(message = 'this worker no longer holds the saga; whoever does carries on') {
    super(message)
    this.name = 'LeaseLost'
  }
}

/** Machinery: the engine is closed or closing. What it held is taken up by the next one. */
export class EngineClosed extends Error {
  readonly code = 'engine-closed'
  constructor() {
    super('the engine is closed; its sagas are durable and go on in the next engine on this store')
    this.name = 'EngineClosed'
  }
}

/** Machinery: the store failed or is not what it should be. Nothing is undone because of it. */
export class StoreError extends Error {
  readonly code = 'store'
  constructor(problem: string, options?: { cause?: unknown }) {
    super(problem, options)
    this.name = 'StoreError'
  }
}

/** Another saga holds the lock, and this one did not want to wait. */
export class LockBusy extends Error {
  readonly code = 'lock-busy'
  readonly lock: string
  constructor(lock: string) {
    super(`lock '${lock}' is held by another saga`)
    this.name = 'LockBusy'
    this.lock = lock
  }
}

/** What was read once is no longer so. Both as encoded, cut to a line. */
export class ValueChanged extends Error {
  readonly code = 'value-changed'
  readonly seen: string
  readonly found: string
  constructor(seen: string, found: string) {
    const [before, after] = [seen.slice(0, 200), found.slice(0, 200)]
    super(`expected ${before}, as it was read before, came ${after}; the saga was built on what no longer holds`)
    this.name = 'ValueChanged'
    this.seen = before
    this.found = after
  }
}

/** There is no saga of this id, or none in a state for which the request makes sense. */
export class NoSuchSaga extends Error {
  readonly code = 'no-such-saga'
  readonly id: string
  constructor(id: string, problem = 'is not known to this store') {
    super(`saga '${id}' ${problem}`)
    this.name = 'NoSuchSaga'
    this.id = id
  }
}

const quote = (text: string): string => `'${text}'`
const list = (names: readonly string[]): string => (names.length === 0 ? 'nothing' : names.map(quote).join(', '))
