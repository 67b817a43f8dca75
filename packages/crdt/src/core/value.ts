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

export function checkValue(value: unknown): Value {
  if (typeof value === 'number' && Number.isFinite(value)) return value === 0 ? 0 : value
  if (typeof value === 'boolean' || value === null) return value
  if (typeof value === 'string') return checkText(value, 'A string value', MAX_VALUE_SIZE)
  return copy(value, 0, { left: MAX_VALUE_SIZE })
}

function copy(value: unknown, depth: number, budget: { left: number }): Value {
  budget.left -= typeof value === 'string' ? value.length + 1 : 1
  if (budget.left < 0) throw new RangeError(`A value has at most ${MAX_VALUE_SIZE} units in all (string units plus one per node). Split it over several keys.`)
  if (typeof value !== 'object' || value === null) return leaf(value)
  // A cycle is a nesting without end, so the depth limit finds it without a set of visited objects.
  if (depth >= MAX_DEPTH) throw new RangeError(`A value nests at most ${MAX_DEPTH} levels deep; this one goes further or contains itself.`)
  if (Array.isArray(value)) return Object.freeze(Array.from(value, (item) => copy(item, depth + 1, budget)))
  const prototype = Object.getPrototypeOf(value)
  if (prototype !== Object.prototype && prototype !== null) throw new TypeError(`A value is plain JSON; got an instance of ${prototype.constructor?.name ?? 'a class'}. Store its data, not the object.`)
  const result = {}
  for (const key of Object.keys(value)) {
    budget.left -= key.length
    setKey(result, checkText(key, 'An object key', MAX_KEY_LENGTH), copy((value as Record<string, unknown>)[key], depth + 1, budget))
  }
  return Object.freeze(result)
}

function leaf(value: unknown): Value {
  if (value === null || typeof value === 'boolean') return value
  if (typeof value === 'number' && Number.isFinite(value)) return value === 0 ? 0 : value
  if (typeof value === 'string') return checkText(value, 'A string value', MAX_VALUE_SIZE)
  throw new TypeError(`A value is JSON: null, booleans, finite numbers, strings, arrays and plain objects; got ${show(value)}. Use null, or delete the key.`)
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
