/** Checks at the door. Each says what was expected, what came, and what to do. */
import { MAX_ACTOR_LENGTH, MAX_KEY_LENGTH } from './defaults.ts'

export function show(value: unknown): string {
  if (typeof value === 'string') return value.length > 40 ? `${JSON.stringify(value.slice(0, 40))}… (${value.length} units)` : JSON.stringify(value)
  if (typeof value === 'function' || typeof value === 'symbol' || typeof value === 'bigint') return `a ${typeof value}`
  if (typeof value === 'object' && value !== null) return Array.isArray(value) ? 'an array' : 'an object'
  return String(value)
}

export function checkActor(actor: unknown): string {
  if (typeof actor !== 'string' || actor === '' || actor.length > MAX_ACTOR_LENGTH || !actor.isWellFormed() || actor === '__proto__') {
    throw new TypeError(`An actor id is a string of 1 to ${MAX_ACTOR_LENGTH} units that no other replica uses; got ${show(actor)}.`)
  }
  return actor
}

export const checkKey = (key: unknown): string => checkText(key, 'A map key', MAX_KEY_LENGTH)

export function checkText(text: unknown, what: string, maximum: number): string {
  if (typeof text !== 'string') throw new TypeError(`${what} is a string; got ${show(text)}.`)
  if (text.length > maximum) throw new RangeError(`${what} has at most ${maximum} UTF-16 units; got ${text.length}.`)
  if (!text.isWellFormed()) throw new RangeError(`${what} is well-formed Unicode; ${show(text)} has a lone surrogate. Call toWellFormed() first.`)
  return text
}

export function checkIndex(index: unknown, length: number, what: string): number {
  if (!Number.isInteger(index) || (index as number) < 0 || (index as number) > length) {
    throw new RangeError(`${what} is a whole number from 0 to ${length}; got ${show(index)}.`)
  }
  return index as number
}

/** Refuses misspelt options by name, so that a typing error is not silently the default. */
export function checkOptions(options: unknown, known: readonly string[], where: string): void {
  if (typeof options !== 'object' || options === null) throw new TypeError(`${where} takes an object of options; got ${show(options)}.`)
  for (const name of Object.keys(options)) {
    if (!known.includes(name)) throw new TypeError(`${where} knows no option ${show(name)}. It knows: ${known.join(', ')}.`)
  }
}

export function checkBytes(bytes: unknown, where: string): Uint8Array {
  // The last question is for arrays of another realm.
  if (!(ArrayBuffer.isView(bytes) && (bytes instanceof Uint8Array || Object.prototype.toString.call(bytes) === '[object Uint8Array]'))) {
    throw new TypeError(`${where} takes a Uint8Array; got ${show(bytes)}.`)
  }
  // A Buffer is taken as the array that it is: its own slice() would share the memory, its own toString() lose bytes.
  return bytes.constructor === Uint8Array ? bytes : new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
