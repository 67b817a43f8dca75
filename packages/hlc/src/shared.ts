import { checkNode } from './core/node.ts'
import { pack, unpack } from './core/word.ts'
import { check } from './ground/check.ts'
import type { ClockOptions } from './ground/options.ts'
import type { Stamp } from './ground/types.ts'
import { hybridClock, type HybridClock } from './hybrid.ts'
import { createListeners } from './listeners.ts'
import { readSettings } from './settings.ts'

/** What a thread needs to join a shared clock: send it with `postMessage` or as `workerData`. */
export interface SharedHandle {
  readonly buffer: SharedArrayBuffer
  readonly node: string
  readonly maxDriftMs: number
}

export interface SharedClockOptions extends ClockOptions {
  /** Join the clock of another thread instead of beginning one; `node`, `maxDriftMs` and `start` are then those of that clock. */
  readonly handle?: SharedHandle | undefined
}

/**
 * One clock for all threads of a process: a stamp taken in one is after every stamp taken before it in any other, with no message
 * between them. Events are told in the thread where they happen.
 */
export interface SharedClock extends HybridClock {
  readonly handle: SharedHandle
}

/**
 * Begins a shared clock, or joins one. Lock-free: the state is one 64-bit word, moved by compare-and-swap, so a thread that is killed
 * at any instant leaves nothing behind that others could wait for.
 */
export function createSharedClock({ handle, ...rest }: SharedClockOptions = {}): SharedClock {
  if (handle) checkNode(handle.node)
  const settings = readSettings(handle ? { ...rest, node: handle.node, maxDriftMs: handle.maxDriftMs } : rest)
  const { maxDriftMs, start } = settings
  const { node } = start
  const buffer = handle ? handle.buffer : new SharedArrayBuffer(8)
  check(buffer instanceof SharedArrayBuffer && buffer.byteLength === 8, 'handle.buffer as a SharedArrayBuffer of 8 bytes', buffer)
  const words = new BigUint64Array(buffer)
  if (!handle) words[0] = pack(start)

  /** The state as this thread knows it: most often it is still there, and a stamp takes one atomic step. */
  let known = Atomics.load(words, 0)
  const read = (): Stamp => unpack(Atomics.load(words, 0), node)
  const swap = (next: Stamp): Stamp | undefined => {
    const word = pack(next)
    const found = Atomics.compareExchange(words, 0, known, word)
    const moved = found === known
    known = moved ? word : found
    return moved ? undefined : unpack(found, node)
  }
  return Object.assign(hybridClock({ ...settings, start: unpack(known, node) }, createListeners(), { read, swap }), { handle: { buffer, node, maxDriftMs } })
}
