import type { Clock, Timer } from './types.ts'

// The one file that touches the machine's own time and chance. Globals are looked up when called, so that a
// test runner's fake timers, installed later, work as well.

/** The machine's clock. Its timers do not keep a process alive by being far away: they are ordinary timers. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  after(ms: number, run: () => void): Timer {
    const handle = setTimeout(run, ms)
    return { cancel: () => clearTimeout(handle) }
  },
}

/** The machine's randomness, in [0, 1). */
export const systemRandom = (): number => Math.random()

/**
 * Runs each task as a macrotask of its own, in order, with the microtask queue drained after each.
 *
 * A macrotask boundary is the only point at which JavaScript promises that no microtask is left. Node runs
 * immediates that were queued together back to back with nothing of the machine's between them, at about
 * 14 million a second; elsewhere a message channel gives the same order, some twenty times slower.
 */
export const macrotask = (task: () => void): void => {
  const immediate = (globalThis as { setImmediate?: (task: () => void) => unknown }).setImmediate
  if (immediate !== undefined) {
    immediate(task)
    return
  }
  waiting.push(task)
  channel ??= openChannel()
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a port has no origins
  channel.postMessage(undefined)
}

/** Tasks under way through the channel, oldest first. One channel for all: making one for each would cost more than the tasks. */
const waiting: (() => void)[] = []
let channel: MessagePort | undefined

function openChannel(): MessagePort {
  const { port1, port2 } = new MessageChannel()
  port1.addEventListener('message', () => waiting.shift()?.())
  port1.start()
  return port2
}

interface ProcessLike {
  on(event: 'unhandledRejection', listener: (reason: unknown) => void): unknown
  off(event: 'unhandledRejection', listener: (reason: unknown) => void): unknown
  listenerCount(event: 'unhandledRejection'): number
}

/** Hears of rejections that nobody handled; `listener` says whether it was one of its own. Others keep their usual end. Does nothing outside Node. */
export function onUnhandledRejection(listener: (reason: unknown) => boolean): () => void {
  const host = (globalThis as { process?: ProcessLike }).process
  if (host?.on === undefined) return () => {}
  const hear = (reason: unknown): void => {
    if (!listener(reason) && host.listenerCount('unhandledRejection') === 1) throw reason
  }
  host.on('unhandledRejection', hear)
  return () => void host.off('unhandledRejection', hear)
}
