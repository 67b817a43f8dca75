/** Errors as plain data and back. A saga's `catch` gets the revived error in its first life as well, so that no life knows more than another. */
import { PayloadError, StepTimeout } from '../ground/errors.ts'
import type { Failure } from '../ground/types.ts'
import { jsonCodec } from './codec.ts'

const MAX_CAUSES = 8
const MAX_TEXT = 4_000
const MAX_FIELDS = 16_000

/** What the log keeps of an error: name, message, code, plain fields, causes. No stack: it belongs to one life. */
export function toFailure(thrown: unknown, depth = 0): Failure {
  if (!(thrown instanceof Error)) return { name: 'Error', message: `something that is no Error was thrown: ${show(thrown)}`.slice(0, MAX_TEXT) }
  const { cause, errors, code } = thrown as { cause?: unknown; errors?: unknown; code?: unknown }
  const fields = plainFields(thrown)
  return {
    name: String(thrown.name).slice(0, MAX_TEXT),
    message: String(thrown.message).slice(0, MAX_TEXT),
    ...(typeof code === 'string' ? { code: code.slice(0, MAX_TEXT) } : {}),
    ...(fields === undefined ? {} : { fields }),
    ...(cause !== undefined && depth < MAX_CAUSES ? { cause: toFailure(cause, depth + 1) } : {}),
    ...(Array.isArray(errors) && depth < MAX_CAUSES ? { errors: errors.slice(0, MAX_CAUSES).map((each) => toFailure(each, depth + 1)) } : {}),
  }
}

/** An error that says what the failure says. */
export function toError(failure: Failure): Error {
  const cause = failure.cause === undefined ? {} : { cause: toError(failure.cause) }
  const fields = (failure.fields === undefined ? {} : jsonCodec.decode(failure.fields)) as Record<string, unknown>
  if (failure.code === 'step-timeout') return new StepTimeout(String(fields['step']), Number(fields['timeoutMs']))
  if (failure.code === 'payload') return new PayloadError(String(fields['where']), failure.message.slice(String(fields['where']).length + 2), fields['bytes'] as number | undefined)
  const error = failure.errors === undefined ? new Error(failure.message, cause) : new AggregateError(failure.errors.map(toError), failure.message, cause)
  for (const [name, value] of Object.entries({ ...fields, name: failure.name, ...(failure.code === undefined ? {} : { code: failure.code }) })) {
    Object.defineProperty(error, name, { value, configurable: true, writable: true, enumerable: name !== 'name' })
  }
  return error
}

/** Whatever was thrown, as an error. */
export function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : toError(toFailure(thrown))
}

function plainFields(error: Error): string | undefined {
  const kept = Object.entries(error).filter(([key, value]) => !['name', 'message', 'code', 'cause', 'errors', 'stack'].includes(key) && typeof value !== 'function')
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

function show(thrown: unknown): string {
  try {
    return String(thrown)
  } catch {
    return Object.prototype.toString.call(thrown)
  }
}
