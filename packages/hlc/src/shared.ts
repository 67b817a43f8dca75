import { checkNode } from './core/node.ts'
import { pack, unpack } from './core/word.ts'
import { check } from './ground/check.ts'
import type { ClockOptions } from './ground/options.ts'
import type { Moment } from './ground/types.ts'
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

  let word = Atomics.load(words, 0)
  let seen: Moment = unpack(word)
  const look = (found: bigint): Moment => {
    word = found
    return (seen = unpack(found))
  }
  const cell: Cell = {
    read: () => look(Atomics.load(words, 0)),
    // Most often nobody else was here meanwhile, and a stamp takes one atomic step.
    seen: () => seen,
    move(next) {
      const moved = pack(next)
      const found = Atomics.compareExchange(words, 0, word, moved)
      if (found !== word) {
        look(found)
        return false
      }
      word = moved
      seen = next
      return true
    },
  }
  return Object.assign(hybridClock(settings, cell, createListeners()), { handle: { buffer, node, maxDriftMs } })
}
