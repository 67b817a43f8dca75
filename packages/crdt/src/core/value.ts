/** Values at the door: checked, copied and frozen, so that nothing inside a replica can be changed from outside. */
import { MAX_DEPTH, MAX_KEY_LENGTH, MAX_VALUE_SIZE } from '../ground/defaults.ts'
import { checkText, show } from '../ground/options.ts'
import type { Scalar, Value } from '../ground/types.ts'

export function checkScalar(value: unknown): Scalar {
  if (typeof value === 'string') return checkText(value, 'A set element', MAX_KEY_LENGTH)
  if (typeof value === 'number' && Number.isFinite(value)) return value === 0 ? 0 : value
  if (typeof value === 'boolean' || value === null) return value
  throw new TypeError(`A set element is a string, a finite number, a boolean or null; got ${show(value)}. Store an id, and the object in a map.`)
}

const notJson = (what: string): TypeError => new TypeError(`A value is JSON: null, booleans, finite numbers, strings, arrays and plain objects; got ${what}.`)

/** `rest` is what may still come, in units: a string's length, and one for each node. */
export function checkValue(value: unknown, depth?: number, rest?: { left: number }): Value {
  if (typeof value === 'number' && Number.isFinite(value)) return value === 0 ? 0 : value
  if (typeof value === 'boolean' || value === null) return value
  if (typeof value === 'string') return checkText(value, 'A string value', MAX_VALUE_SIZE)
  return checkNested(value, depth, rest)
}

function checkNested(value: unknown, depth = 0, rest = { left: MAX_VALUE_SIZE }): Value {
  if (typeof value !== 'object') throw notJson(show(value))
  // A cycle is a nesting without end, so the depth limit finds it without a set of visited objects.
  if (depth >= MAX_DEPTH) throw new RangeError(`A value nests at most ${MAX_DEPTH} levels deep; this one goes further or contains itself.`)
  const copy = (item: unknown): Value => {
    rest.left -= typeof item === 'string' ? item.length + 1 : 1
    if (rest.left < 0) throw new RangeError(`A value has at most ${MAX_VALUE_SIZE} units in all. Split it over several keys.`)
    return checkValue(item, depth + 1, rest)
  }
  if (Array.isArray(value)) return Object.freeze(Array.from(value, copy))
  const prototype = Object.getPrototypeOf(value)
  if (prototype !== Object.prototype && prototype !== null) throw notJson(`an instance of ${prototype.constructor?.name ?? 'a class'}`)
  // `fromEntries` defines, so that `__proto__` is a key like any other.
  return Object.freeze(Object.fromEntries(Object.entries(value as object).map(([key, item]) => {
    rest.left -= key.length
    return [checkText(key, 'An object key', MAX_KEY_LENGTH), copy(item)]
  })))
}

/** `target[key] = value`, for which `__proto__` is a key like any other. */
export function setKey(target: object, key: string, value: unknown): void {
  if (key === '__proto__') Object.defineProperty(target, key, { value, writable: true, enumerable: true, configurable: true })
  else (target as Record<string, unknown>)[key] = value
}

export function sameValue(a: unknown, b: unknown): boolean {
  if (a === b) return true
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false
  if (Array.isArray(a)) return Array.isArray(b) && a.length === b.length && a.every((item, index) => sameValue(item, b[index]))
  const keys = Object.keys(a)
  return !Array.isArray(b) && keys.length === Object.keys(b).length
    && keys.every((key) => Object.hasOwn(b, key) && sameValue((a as Record<string, unknown>)[key], (b as Record<string, unknown>)[key]))
}

const RANK: Readonly<Record<string, number>> = { object: 0, boolean: 1, number: 2, string: 3 }

/** A total order of scalars: null, booleans, numbers, strings. Never by locale. */
export function compareScalars(a: Scalar, b: Scalar): number {
  if (typeof a !== typeof b) return RANK[typeof a]! - RANK[typeof b]!
  return a === b ? 0 : a! < b! ? -1 : 1
}
