import { readBaggage, writeBaggage } from './core/baggage.ts'
import { decode, encode } from './core/text.ts'
import { HEADER } from './ground/defaults.ts'
import type { MalformedError } from './ground/errors.ts'
import type { Stamp } from './ground/types.ts'

/** The part of the web's `Headers` that is used. */
export interface HeaderBag {
  get(name: string): string | null
  set(name: string, value: string): void
}

/** Puts a stamp on its way: the header `hlc-stamp`, and the member `hlc` of `baggage`, beside whatever else is there. */
export function inject(headers: HeaderBag, stamp: Stamp): void {
  injectText(headers, encode(stamp))
}

/** As `inject`, for a text that was made already: a signed token. */
export function injectText(headers: HeaderBag, text: string): void {
  headers.set(HEADER, text)
  headers.set('baggage', writeBaggage(headers.get('baggage') ?? '', text))
}

/** The text that came along: of the header, or else of the baggage. */
export function extractText(headers: Pick<HeaderBag, 'get'>): string | undefined {
  return headers.get(HEADER) ?? readBaggage(headers.get('baggage') ?? '')
}

/** The stamp that came along, undefined if none did; a `MalformedError` as a value if it cannot be read, for a request is no place to throw. */
export function extract(headers: Pick<HeaderBag, 'get'>): Stamp | MalformedError | undefined {
  const text = extractText(headers)
  try {
    return text === undefined ? undefined : decode(text)
  } catch (error) {
    return error as MalformedError
  }
}
