/**
 * Plain data as JSON, with tags for what JSON lacks: undefined, NaN, ±Infinity, -0, bigint, Date, Map, Set, bytes, Error.
 * A tag is an object `{ "$": name, "v": … }`; an object of the user's that has a key `$` is itself tagged, so nothing is ambiguous.
 * What is no plain data (functions, instances of classes, cycles) is refused with its path: guessing would lose something silently.
 */
import { MAX_DEPTH } from '../ground/defaults.ts'
import { PayloadError } from '../ground/errors.ts'
import type { Codec, Encoded } from '../ground/types.ts'

type Fields = Record<string, unknown>

const UNDEFINED = '{"$":"undefined"}'

/** The default codec: readable JSON. */
export const jsonCodec: Codec & Required<Pick<Codec, 'both'>> = {
  encode: (value) => JSON.stringify(new Tagging().tag(value)),
  decode: (text) => {
    if (text === UNDEFINED) return undefined
    const tree: unknown = JSON.parse(text)
    return text.includes('"$"') ? untag(tree) : tree
  },
  both(value): Encoded {
    if (value === undefined) return { text: UNDEFINED, value }
    const tagging = new Tagging()
    const tree = tagging.tag(value)
    const text = JSON.stringify(tree)
    // The tree is a copy all the way down, so where nothing had to be tagged it is what the text would give back.
    return { text, value: tagging.tagged ? untag(JSON.parse(text)) : tree }
  },
}

/** Whether JSON has this value as it is. */
function isJson(value: unknown): boolean {
  return typeof value === 'string' || typeof value === 'boolean' || value === null || (typeof value === 'number' && Number.isFinite(value) && !Object.is(value, -0))
}

/** One value on its way into JSON. */
class Tagging {
  /** Something needed a tag. */
  tagged = false
  /** The keys that led here, for the error. */
  readonly #path: string[] = []

  /** A copy with tags for what JSON lacks. */
  tag(value: unknown): unknown {
    if (isJson(value)) return value
    switch (typeof value) {
      case 'number': return this.#as('number', Object.is(value, -0) ? '-0' : String(value))
      case 'undefined': return this.#as('undefined')
      case 'bigint': return this.#as('bigint', String(value))
      case 'object': return this.#object(value as object)
      default: return this.#refuse(`expected plain data, came a ${typeof value}; return what can be written down`)
    }
  }

  #object(value: object): unknown {
    if (this.#path.length > MAX_DEPTH) this.#refuse(`expected plain data nested at most ${MAX_DEPTH} deep; it is deeper or refers to itself`, 9)
    if (Array.isArray(value)) return this.#items(value)
    const shape: unknown = Object.getPrototypeOf(value)
    if (shape === Object.prototype || shape === null) return this.#fields(value)
    if (value instanceof Date) return this.#as('Date', Number.isNaN(value.getTime()) ? null : value.getTime())
    if (value instanceof Map) return this.#as('Map', Array.from(value, ([key, item], index) => [this.#inner(key, `key ${index}`), this.#inner(item, index)]))
    if (value instanceof Set) return this.#as('Set', this.#items(value))
    if (value instanceof Uint8Array) return this.#as('bytes', toBase64(value))
    if (value instanceof Error) {
      const { name, message, cause } = value
      return this.#as('Error', this.#inner({ name, message, ...Object.fromEntries(ownFields(value)), ...(cause === undefined ? {} : { cause }) }, 'error'))
    }
    return this.#refuse(`expected plain data, came an instance of ${(value.constructor as { name?: string } | undefined)?.name}; return its fields as an object literal`)
  }

  #items(value: Iterable<unknown>): unknown[] {
    const items = [...value]
    for (let index = 0; index < items.length; index++) if (!isJson(items[index])) items[index] = this.#inner(items[index], index)
    return items
  }

  #fields(value: object): unknown {
    if (Object.getOwnPropertySymbols(value).length > 0) this.#refuse('expected plain data, came an object with a symbol for a key; return its other fields')
    const fields: Fields = { ...value }
    for (const key of Object.keys(fields)) {
      if (key === '$' || key === '__proto__') return this.#as('Object', Object.entries(value).map(([key, item]) => [key, this.#inner(item, key)]))
      if (!isJson(fields[key])) fields[key] = this.#inner(fields[key], key)
    }
    return fields
  }

  #inner(item: unknown, key: string | number): unknown {
    this.#path.push(String(key))
    const tagged = this.tag(item)
    this.#path.pop()
    return tagged
  }

  #as(name: string, v?: unknown): unknown {
    this.tagged = true
    return v === undefined ? { $: name } : { $: name, v }
  }

  /** @param keys how many of the path to show */
  #refuse(problem: string, keys = Infinity): never {
    throw new PayloadError(['value', ...this.#path.slice(0, keys)].join('.'), problem)
  }
}

/** An error's own fields, but for those that every error has. */
export function ownFields(error: Error): [string, unknown][] {
  return Object.entries(error).filter(([key]) => !['name', 'message', 'cause', 'stack'].includes(key))
}

function untag(tree: unknown): unknown {
  if (typeof tree !== 'object' || tree === null) return tree
  if (Array.isArray(tree)) return tree.map(untag)
  const { $: name, v } = tree as { $?: unknown; v: never }
  const entries = (pairs: [string, unknown][]): Fields => Object.fromEntries(pairs.map(([key, item]) => [key, untag(item)]))
  switch (name) {
    case undefined: return entries(Object.entries(tree))
    case 'undefined': return undefined
    case 'number': return Number(v)
    case 'bigint': return BigInt(v)
    case 'Date': return new Date(v ?? NaN)
    case 'Map': return new Map(untag(v) as [unknown, unknown][])
    case 'Set': return new Set(untag(v) as unknown[])
    case 'bytes': return Uint8Array.from(atob(v), (letter) => letter.charCodeAt(0))
    case 'Object': return entries(v)
    case 'Error': {
      const { message, cause, ...fields } = untag(v) as { message: string; cause?: unknown }
      return Object.assign(new Error(message, cause === undefined ? {} : { cause }), fields)
    }
    default: throw new PayloadError('log', `expected a tag of this codec, came '${String(name)}'; was it written by another one?`)
  }
}

/** The text of a value with its keys in order: equal for equal requests, whatever the order in which they were written. */
export function canonical(value: unknown): string {
  return JSON.stringify(new Tagging().tag(value), (_key, tree: unknown) => (
    typeof tree !== 'object' || tree === null || Array.isArray(tree) ? tree : Object.fromEntries(Object.entries(tree).sort(([a], [b]) => (a < b ? -1 : 1)))
  ))
}

function toBase64(bytes: Uint8Array): string {
  let text = ''
  for (let from = 0; from < bytes.length; from += 0x8000) text += String.fromCharCode(...bytes.subarray(from, from + 0x8000))
  return btoa(text)
}
