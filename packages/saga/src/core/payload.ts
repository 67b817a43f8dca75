/** A codec with a bound: what is too large for a log is refused where it arises, with its name and size. */
import { PayloadError } from '../ground/errors.ts'
import type { Codec, Encoded } from '../ground/types.ts'

/** Encodes a value, with what the log will give back; or throws a `PayloadError` that says whose it is, such as `the output of step` and its name. */
export type Encode = (value: unknown, what: string, name: string) => Encoded

export function bounded(codec: Codec, maxBytes: number): Encode {
  return (value, what, name) => {
    let encoded: Encoded
    try {
      encoded = codec.both?.(value) ?? decoded(codec, codec.encode(value))
    } catch (error) {
      const where = `${what} '${name}'`
      if (!(error instanceof PayloadError)) throw new PayloadError(where, `the codec could not encode it: ${String(error)}`)
      const problem = error.message.slice(error.where.length + 2)
      throw new PayloadError(where, error.where === 'value' ? problem : `${error.where.replace(/^value\./, 'at ')}: ${problem}`, error.bytes)
    }
    const { text } = encoded
    // UTF-8 needs one to three bytes for each unit of a JavaScript string, so most texts need no counting.
    if (text.length * 3 > maxBytes) {
      const bytes = text.length > maxBytes ? text.length : new TextEncoder().encode(text).byteLength
      if (bytes > maxBytes) {
        throw new PayloadError(`${what} '${name}'`, `expected at most ${maxBytes} bytes, came ${bytes}; keep it elsewhere and return a reference, or raise maxPayloadBytes`, bytes)
      }
    }
    return encoded
  }
}

function decoded(codec: Codec, text: string): Encoded {
  if (typeof text !== 'string') throw new PayloadError('value', `expected the codec to give text, it gave ${typeof text}`)
  return { text, value: codec.decode(text) }
}
