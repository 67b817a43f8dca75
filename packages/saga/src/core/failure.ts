/** Errors as plain data and back. A saga's `catch` gets the revived error in its first life as well, so that no life knows more than another. */
import { PayloadError, StepTimeout } from '../ground/errors.ts'
import type { Failure } from '../ground/types.ts'
import { jsonCodec, ownFields } from './codec.ts'

const MAX_CAUSES = 8
const MAX_TEXT = 4_000
const MAX_FIELDS = 16_000

/** What the log keeps of an error: name, message, code, plain fields, causes. No stack: it belongs to one life. */
export function toFailure(thrown: unknown, depth = 0): Failure {
  if (!(thrown instanceof Error)) return { name: 'Error', message: cut(`something that is no Error was thrown: ${show(thrown)}`) }
  const { cause, errors, code } = thrown as { cause?: unknown; errors?: unknown; code?: unknown }
  const failure: { -readonly [K in keyof Failure]: Failure[K] } = { name: cut(String(thrown.name)), message: cut(String(thrown.message)) }
  const fields = plainFields(thrown)
  if (typeof code === 'string') failure.code = cut(code)
  if (fields !== undefined) failure.fields = fields
  if (cause !== undefined && depth < MAX_CAUSES) failure.cause = toFailure(cause, depth + 1)
  if (Array.isArray(errors) && depth < MAX_CAUSES) failure.errors = errors.slice(0, MAX_CAUSES).map((each) => toFailure(each, depth + 1))
  return failure
}

/** An error that says what the failure says. */
export function toError({ name, message, code, fields: text, cause: why, errors }: Failure): Error {
  const cause = why === undefined ? undefined : { cause: toError(why) }
  const fields = (text === undefined ? {} : jsonCodec.decode(text)) as { step?: string; timeoutMs?: number; where?: string; bytes?: number }
  // Those that a saga is likely to ask for by their class.
  if (code === 'step-timeout') return new StepTimeout(String(fields.step), Number(fields.timeoutMs))
  if (code === 'payload') return new PayloadError(String(fields.where), message.slice(String(fields.where).length + 2), fields.bytes)
  const error: Error & { code?: string } = stackless(() => (errors === undefined ? new Error(message, cause) : new AggregateError(errors.map(toError), message, cause)))
  if (text !== undefined) for (const [key, value] of Object.entries(fields)) define(error, key, value, true)
  if (name !== error.name) define(error, 'name', name, false)
  if (code !== undefined) error.code = code
  return error
}

function define(error: Error, key: string, value: unknown, enumerable: boolean): void {
  Object.defineProperty(error, key, { value, configurable: true, writable: true, enumerable })
}

/**
 * Makes an error without a stack. A revived one was thrown in another place, perhaps in another life: its own stack would name this file, mislead whoever reads it,
 * and cost more than all the rest of a step. (The limit is V8's; elsewhere it means nothing, and where it is frozen the stack stays.)
 */
export function stackless<E extends Error>(make: () => E): E {
  const limit = Error.stackTraceLimit
  Reflect.set(Error, 'stackTraceLimit', 0)
  try {
    return make()
  } finally {
    Reflect.set(Error, 'stackTraceLimit', limit)
  }
}

/** Whatever was thrown, as an error. */
export function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : Object.assign(toError(toFailure(thrown)), { cause: thrown })
}

function plainFields(error: Error): string | undefined {
  const kept = ownFields(error).filter(([key, value]) => key !== 'code' && key !== 'errors' && typeof value !== 'function')
  if (kept.length === 0) return undefined
  for (const fields of [kept, kept.filter(([, value]) => typeof value !== 'object')]) {
    try {
      const text = jsonCodec.encode(Object.fromEntries(fields))
      if (text.length <= MAX_FIELDS) return text
    } catch {
      // An error may carry a socket or a request; what is no plain data is left out rather than losing the error.
    }
  }
  return undefined
}

const cut = (text: string): string => text.slice(0, MAX_TEXT)

function show(thrown: unknown): string {
  try {
    return String(thrown)
  } catch {
    return Object.prototype.toString.call(thrown)
  }
}
