/** The errors. Each has a literal `code`, the facts as fields, and a message that says what was expected, what came and what to do. */

/** What they share: a name and a code that no minifier changes, and their facts as fields. */
abstract class Coded<Code extends string> extends Error {
  declare readonly code: Code
  constructor(name: string, code: Code, message: string, facts: object = {}, options?: { readonly cause?: unknown }) {
    super(message, options)
    Object.assign(this, { name, code }, facts)
  }
}

/** A saga did not complete: all that had begun was undone, or (`stuck` is not empty) somebody has to look. `cause` is what turned it back. */
export class SagaFailed extends Coded<'saga-failed'> {
  declare readonly saga: string
  declare readonly id: string
  declare readonly undone: readonly string[]
  declare readonly stuck: readonly string[]
  constructor({ cause, ...facts }: { saga: string; id: string; cause: unknown; undone: readonly string[]; stuck: readonly string[] }) {
    const { saga, id, undone, stuck } = facts
    const why = cause instanceof Error ? cause.message : String(cause)
    const fate = stuck.length > 0 ? `stuck at ${list(stuck)}: look at engine.get('${id}'), then engine.retry or engine.resolve` : `undone: ${list(undone)}`
    super('SagaFailed', 'saga-failed', `saga '${saga}' (${id}) failed: ${why}; ${fate}`, facts, { cause })
  }
}

/**
 * Thrown by a step to say that this attempt had no effect. Never retried. Where it was the only attempt, the step's own undo is not needed; where another was made, or
 * may have been made by a life that ended, that one may have had its effect, and the undo runs. The saga sees `cause`, if there is one.
 */
export class NothingHappened extends Coded<'nothing-happened'> {
  constructor(message: string, options?: { cause?: unknown }) {
    super('NothingHappened', 'nothing-happened', message, {}, options)
  }
}

/** `throw nothingHappened(error)`: this attempt failed with `error` and had no effect. */
export function nothingHappened(error: unknown): NothingHappened {
  return new NothingHappened(error instanceof Error ? error.message : String(error), { cause: error })
}

/** A step or a wait ran out of time. What the step was doing may still happen; if it does, it is undone. */
export class StepTimeout extends Coded<'step-timeout'> {
  declare readonly step: string
  declare readonly timeoutMs: number
  constructor(step: string, timeoutMs: number) {
    super('StepTimeout', 'step-timeout', `step '${step}' had no outcome after ${timeoutMs} ms; it may still succeed, and is undone if it does`, { step, timeoutMs })
  }
}

/** Somebody called `cancel`. */
export class SagaCancelled extends Coded<'saga-cancelled'> {
  declare readonly reason: string
  constructor(reason: string) {
    super('SagaCancelled', 'saga-cancelled', `cancelled: ${reason}`, { reason })
  }
}

/** The saga's deadline passed before it completed. */
export class DeadlinePassed extends Coded<'deadline-passed'> {
  constructor(message = 'the deadline passed before the saga completed') {
    super('DeadlinePassed', 'deadline-passed', message)
  }
}

/** A value does not fit the log: it is too large, or it is not plain data. */
export class PayloadError extends Coded<'payload'> {
  declare readonly where: string
  declare readonly bytes: number | undefined
  constructor(where: string, problem: string, bytes?: number) {
    super('PayloadError', 'payload', `${where}: ${problem}`, { where, bytes })
  }
}

/** A saga asked for the same name twice, or for more names than it may. */
export class StepNameError extends Coded<'step-name'> {
  declare readonly step: string
  constructor(step: string, problem: string) {
    super('StepNameError', 'step-name', `step '${step}' ${problem}`, { step })
  }
}

/** The id is taken by a saga with another definition or another input. */
export class IdConflict extends Coded<'id-conflict'> {
  declare readonly id: string
  constructor(id: string, problem: string) {
    super('IdConflict', 'id-conflict', `saga id '${id}' ${problem}; the same id always means the same request, so use another id for another one`, { id })
  }
}

/** The log says something that the definition no longer does. */
export class DefinitionChanged extends Coded<'definition-changed'> {
  declare readonly recorded: readonly string[]
  declare readonly asked: readonly string[]
  declare readonly missing: readonly string[]
  constructor(facts: { recorded: readonly string[]; asked: readonly string[]; missing: readonly string[] }) {
    super('DefinitionChanged', 'definition-changed', `the log has ${list(facts.recorded)}; the definition asked for ${list(facts.asked)} and never for ${list(facts.missing)}. `
      + 'Deploy a definition that still asks for them, then engine.retry(id)', facts)
  }
}

/** The saga was taken again and again and never got anywhere; it may be what ends the process. */
export class PoisonSaga extends Coded<'poison'> {
  declare readonly takes: number
  constructor(takes: number) {
    super('PoisonSaga', 'poison', `taken ${takes} times without progress; find out what ends the process, then engine.retry(id)`, { takes })
  }
}

/** Machinery: this life no longer holds the saga. Another one carries on; nothing is undone because of it. */
export class LeaseLost extends Coded<'lease-lost'> {
  constructor(message = 'this worker no longer holds the saga; whoever does carries on') {
    super('LeaseLost', 'lease-lost', message)
  }
}

/** Machinery: the engine is closed or closing. What it held is taken up by the next one. */
export class EngineClosed extends Coded<'engine-closed'> {
  constructor() {
    super('EngineClosed', 'engine-closed', 'the engine is closed; its sagas are durable and go on in the next engine on this store')
  }
}

/** Machinery: the store failed or is not what it should be. Nothing is undone because of it. */
export class StoreError extends Coded<'store'> {
  constructor(problem: string, options?: { cause?: unknown }) {
    super('StoreError', 'store', problem, {}, options)
  }
}

/** Another saga holds the lock, and this one did not want to wait. */
export class LockBusy extends Coded<'lock-busy'> {
  declare readonly lock: string
  constructor(lock: string) {
    super('LockBusy', 'lock-busy', `lock '${lock}' is held by another saga`, { lock })
  }
}

/** What was read once is no longer so. Both as encoded, cut to a line. */
export class ValueChanged extends Coded<'value-changed'> {
  declare readonly seen: string
  declare readonly found: string
  constructor(before: string, after: string) {
    const [seen, found] = [before.slice(0, 200), after.slice(0, 200)]
    super('ValueChanged', 'value-changed', `expected ${seen}, as it was read before, came ${found}; the saga was built on what no longer holds`, { seen, found })
  }
}

/** There is no saga of this id, or none in a state for which the request makes sense. */
export class NoSuchSaga extends Coded<'no-such-saga'> {
  declare readonly id: string
  constructor(id: string, problem = 'is not known to this store') {
    super('NoSuchSaga', 'no-such-saga', `saga '${id}' ${problem}`, { id })
  }
}

const list = (names: readonly string[]): string => names.map((name) => `'${name}'`).join(', ') || 'nothing'
