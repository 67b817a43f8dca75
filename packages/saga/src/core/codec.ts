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
  encode: (value) => JSON.stringify(tag(value, [])),
  decode: (text) => {
    if (text === UNDEFINED) return undefined
    const tree: unknown = JSON.parse(text)
    return text.includes('"$"') ? untag(tree) : tree
  },
  both(value): Encoded {
    if (value === undefined) return { text: UNDEFINED, value }
    // Tagging copies all the way down, so where nothing had to be tagged the copy is what the text would give back.
    const tree = tag(value, [])
    const text = JSON.stringify(tree)
    return { text, value: text.includes('"$"') ? untag(JSON.parse(text)) : tree }
  },
}

/** @param path the keys that led here, for the error */
function tag(value: unknown, path: string[]): unknown {
  switch (typeof value) {
    case 'string': case 'boolean': return value
    case 'number': return Number.isFinite(value) && !Object.is(value, -0) ? value : { $: 'number', v: Object.is(value, -0) ? '-0' : String(value) }
    case 'undefined': return { $: 'undefined' }
    case 'bigint': return { $: 'bigint', v: String(value) }
    case 'object': return value === null ? null : tagObject(value, path)
    default: return refuse(path, `expected plain data, came a ${typeof value}; return what can be written down`)
  }
}

function tagObject(value: object, path: string[]): unknown {
  if (path.length > MAX_DEPTH) refuse(path.slice(0, 9), `expected plain data nested at most ${MAX_DEPTH} deep; it is deeper or refers to itself`)
  const inner = (item: unknown, key: string | number): unknown => {
    path.push(String(key))
    const tagged = tag(item, path)
    path.pop()
    return tagged
  }
  if (Array.isArray(value)) return Array.from(value, inner)
  const shape: unknown = Object.getPrototypeOf(value)
  if (shape === Object.prototype || shape === null) {
    if (Object.getOwnPropertySymbols(value).length > 0) refuse(path, 'expected plain data, came an object with a symbol for a key; return its other fields')
    const fields: Fields = { ...value }
    for (const key of Object.keys(fields)) {
      if (key === '$' || key === '__proto__') return { $: 'Object', v: Object.entries(value).map(([key, item]) => [key, inner(item, key)]) }
      const item = fields[key]
      if (typeof item !== 'string') fields[key] = inner(item, key)
    }
    return fields
  }
  if (value instanceof Date) return { $: 'Date', v: Number.isNaN(value.getTime()) ? null : value.getTime() }
  if (value instanceof Map) return { $: 'Map', v: Array.from(value, ([key, item], index) => [inner(key, `key ${index}`), inner(item, index)]) }
  if (value instanceof Set) return { $: 'Set', v: Array.from(value, inner) }
  if (value instanceof Uint8Array) return { $: 'bytes', v: toBase64(value) }
  if (value instanceof Error) {
    const { name, message, cause } = value
    return { $: 'Error', v: inner({ name, message, ...Object.fromEntries(ownFields(value)), ...(cause === undefined ? {} : { cause }) }, 'error') }
  }
  return refuse(path, `expected plain data, came an instance of ${(value.constructor as { name?: string } | undefined)?.name}; return its fields as an object literal`)
}

/** An error's own fields, but for those that every error has. */
export function ownFields(error: Error): [string, unknown][] {
  return Object.entries(error).filter(([key]) => !['name', 'message', 'cause', 'stack'].includes(key))
}

function refuse(path: readonly string[], problem: string): never {
  throw new PayloadError(['value', ...path].join('.'), problem)
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
  return JSON.stringify(tag(value, []), (_key, tree: unknown) => (
    typeof tree !== 'object' || tree === null || Array.isArray(tree) ? tree : Object.fromEntries(Object.entries(tree).sort(([a], [b]) => (a < b ? -1 : 1)))
  ))
}

function toBase64(bytes: Uint8Array): string {
  let text = ''
  for (let from = 0; from < bytes.length; from += 0x8000) text += String.fromCharCode(...bytes.subarray(from, from + 0x8000))
  return btoa(text)
}
