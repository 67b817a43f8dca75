import { checkNode } from './core/node.ts'
import { pack, unpack } from './core/word.ts'
import { check } from './ground/check.ts'
import type { ClockOptions } from './ground/options.ts'
import { hybridClock, type Cell, type HybridClock } from './hybrid.ts'
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
  const { node, maxDriftMs, start } = settings
  const buffer = handle ? handle.buffer : new SharedArrayBuffer(8)
  check(buffer instanceof SharedArrayBuffer && buffer.byteLength === 8, 'handle.buffer as a SharedArrayBuffer of 8 bytes', buffer)
  const words = new BigUint64Array(buffer)
  if (!handle) words[0] = pack(start)

  /** The state as it was read last: what the next move is from. */
  let known = 0n
  const cell: Cell = {
    read() {
      known = Atomics.load(words, 0)
      return unpack(known)
    },
    move: (next) => Atomics.compareExchange(words, 0, known, pack(next)) === known,
  }
  return Object.assign(hybridClock(settings, cell, createListeners()), { handle: { buffer, node, maxDriftMs } })
}
