/**
 * Plain data as JSON, with tags for what JSON lacks: undefined, NaN, ±Infinity, -0, bigint, Date, Map, Set, bytes, Error.
 * A tag is an object `{ "$": name, "v": … }`; an object of the user's that has a key `$` is itself tagged, so nothing is ambiguous.
 * What is no plain data (functions, instances of classes, cycles) is refused with its path: guessing would lose something silently.
 */
import { MAX_DEPTH } from '../ground/defaults.ts'
import { PayloadError } from '../ground/errors.ts'
import type { Codec } from '../ground/types.ts'

type Tagged = { readonly $: string; readonly v?: unknown }

/** The default codec: readable JSON. */
export const jsonCodec: Codec = {
  encode: (value) => (isJson(value, 0) ? JSON.stringify(value) : JSON.stringify(tag(value, 'value', 0))),
  decode: (text) => {
    const tree: unknown = JSON.parse(text)
    return text.includes('"$"') ? untag(tree) : tree
  },
}

/** Whether JSON alone gives this value back. Most values, and the cheap way out for them. */
function isJson(value: unknown, depth: number): boolean {
  if (typeof value === 'string' || typeof value === 'boolean' || value === null) return true
  if (typeof value === 'number') return Number.isFinite(value) && !Object.is(value, -0)
  if (typeof value !== 'object' || depth > MAX_DEPTH) return false
  if (Array.isArray(value)) return value.every((item) => isJson(item, depth + 1)) && Object.keys(value).length === value.length
  if (Object.getPrototypeOf(value) !== Object.prototype || Object.getOwnPropertySymbols(value).length > 0) return false
  for (const key in value) {
    if (key === '$' || key === '__proto__' || !isJson((value as Record<string, unknown>)[key], depth + 1)) return false
  }
  return true
}

function tag(value: unknown, path: string, depth: number): unknown {
  if (depth > MAX_DEPTH) {
    throw new PayloadError(path.slice(0, 80), `expected plain data nested at most ${MAX_DEPTH} deep; it is deeper or refers to itself`)
  }
  switch (typeof value) {
    case 'string': case 'boolean': return value
    case 'number': return Number.isFinite(value) && !Object.is(value, -0) ? value : { $: 'number', v: Object.is(value, -0) ? '-0' : String(value) }
    case 'undefined': return { $: 'undefined' }
    case 'bigint': return { $: 'bigint', v: String(value) }
    case 'object': return value === null ? null : tagObject(value, path, depth + 1)
    default: throw new PayloadError(path, `expected plain data, came a ${typeof value}; return what can be written down`)
  }
}

function tagObject(value: object, path: string, depth: number): unknown {
  const inner = (item: unknown, key: string): unknown => tag(item, `${path}.${key}`, depth)
  if (Array.isArray(value)) return Array.from(value, (item, index) => inner(item, String(index)))
  if (value instanceof Date) return { $: 'Date', v: value.getTime() === value.getTime() ? value.getTime() : null }
  if (value instanceof Map) return { $: 'Map', v: Array.from(value, ([key, item], index) => [inner(key, `key ${index}`), inner(item, `${index}`)]) }
  if (value instanceof Set) return { $: 'Set', v: Array.from(value, (item, index) => inner(item, `${index}`)) }
  if (value instanceof Uint8Array) return { $: 'bytes', v: toBase64(value) }
  if (value instanceof Error) {
    return { $: 'Error', v: inner({ name: value.name, message: value.message, ...ownFields(value), ...(value.cause === undefined ? {} : { cause: value.cause }) }, 'error') }
  }
  const shape: unknown = Object.getPrototypeOf(value)
  if ((shape !== Object.prototype && shape !== null) || Object.getOwnPropertySymbols(value).length > 0) {
    const name = (value.constructor as { name?: string } | undefined)?.name ?? 'something without a constructor'
    throw new PayloadError(path, `expected plain data, came an instance of ${name}; return its fields as an object literal`)
  }
  const fields = Object.entries(value)
  if (fields.some(([key]) => key === '$' || key === '__proto__')) return { $: 'Object', v: fields.map(([key, item]) => [key, inner(item, key)]) }
  return Object.fromEntries(fields.map(([key, item]) => [key, inner(item, key)]))
}

function untag(tree: unknown): unknown {
  if (typeof tree !== 'object' || tree === null) return tree
  if (Array.isArray(tree)) return tree.map(untag)
  if (!('$' in tree)) return Object.fromEntries(Object.entries(tree).map(([key, item]) => [key, untag(item)]))
  const { $: name, v } = tree as Tagged
  switch (name) {
    case 'undefined': return undefined
    case 'number': return Number(v)
    case 'bigint': return BigInt(v as string)
    case 'Date': return new Date((v as number | null) ?? NaN)
    case 'Map': return new Map((v as [unknown, unknown][]).map(([key, item]) => [untag(key), untag(item)]))
    case 'Set': return new Set((v as unknown[]).map(untag))
    case 'bytes': return fromBase64(v as string)
    case 'Object': return Object.fromEntries((v as [string, unknown][]).map(([key, item]) => [key, untag(item)]))
    case 'Error': {
      const { name, message, cause, ...fields } = untag(v) as { name: string; message: string; cause?: unknown }
      return Object.assign(new Error(message, cause === undefined ? {} : { cause }), { name }, fields)
    }
    default: throw new PayloadError('log', `expected a tag of this codec, came '${String(name)}'; was it written by another one?`)
  }
}

/** The text of a value with its keys in order: equal for equal requests, whatever the order in which they were written. */
export function canonical(value: unknown): string {
  const sorted = (tree: unknown): unknown => {
    if (typeof tree !== 'object' || tree === null) return tree
    if (Array.isArray(tree)) return tree.map(sorted)
    return Object.fromEntries(Object.entries(tree).sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, item]) => [key, sorted(item)]))
  }
  return JSON.stringify(sorted(tag(value, 'value', 0)))
}

function ownFields(error: Error): Record<string, unknown> {
  return Object.fromEntries(Object.entries(error).filter(([key]) => key !== 'name' && key !== 'message' && key !== 'cause' && key !== 'stack'))
}

function toBase64(bytes: Uint8Array): string {
  let text = ''
  for (let from = 0; from < bytes.length; from += 0x8000) text += String.fromCharCode(...bytes.subarray(from, from + 0x8000))
  return btoa(text)
}

function fromBase64(text: string): Uint8Array {
  return Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0))
}
