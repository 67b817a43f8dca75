/** A codec with a bound: what is too large for a log is refused where it arises, with its name and size. */
import { PayloadError } from '../ground/errors.ts'
import type { Codec } from '../ground/types.ts'

/** Encodes `value`, or throws a `PayloadError` that names `where` it came from. */
export function encodeBounded(codec: Codec, value: unknown, where: string, maxBytes: number): string {
  let text: string
  try {
    text = codec.encode(value)
  } catch (error) {
    if (error instanceof PayloadError) throw new PayloadError(where, error.where === 'value' ? tail(error) : `${error.where.replace(/^value\./, 'at ')}: ${tail(error)}`)
    throw new PayloadError(where, `the codec could not encode it: ${String(error)}`)
  }
  if (typeof text !== 'string') throw new PayloadError(where, `expected the codec to give text, it gave ${typeof text}`)
  // UTF-8 needs one to three bytes for each unit of a JavaScript string, so most texts need no counting.
  if (text.length * 3 > maxBytes) {
    const bytes = text.length > maxBytes ? text.length : new TextEncoder().encode(text).byteLength
    if (bytes > maxBytes) {
      throw new PayloadError(where, `expected at most ${maxBytes} bytes, came ${bytes}; keep it elsewhere and return a reference, or raise maxPayloadBytes`, bytes)
    }
  }
  return text
}

const tail = (error: PayloadError): string => error.message.slice(error.where.length + 2)
