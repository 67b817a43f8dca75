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
export function createSharedClock(options: SharedClockOptions = {}): SharedClock {
  const { handle, ...rest } = options
  if (handle !== undefined) checkNode(handle.node)
  const settings = readSettings(handle === undefined ? rest : { ...rest, node: handle.node, maxDriftMs: handle.maxDriftMs })
  const { maxDriftMs, start } = settings
  const { node } = start
  const buffer = handle === undefined ? new SharedArrayBuffer(8) : handle.buffer
  check(buffer instanceof SharedArrayBuffer && buffer.byteLength === 8, 'handle.buffer as a SharedArrayBuffer of 8 bytes', buffer)
  const words = new BigUint64Array(buffer)
  if (handle === undefined) words[0] = pack(start)

  // What `read` saw last, as the word that `swap` must still find there. Nothing runs between the two.
  let seen = 0n
  const cell = {
    read: () => unpack((seen = Atomics.load(words, 0)), node),
    swap: (_: Stamp, next: Stamp) => Atomics.compareExchange(words, 0, seen, pack(next)) === seen,
  }
  const clock = hybridClock(settings, cell, createListeners())
  return Object.assign(clock, { handle: { buffer, node, maxDriftMs } })
}
