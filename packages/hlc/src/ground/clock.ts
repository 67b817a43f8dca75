import type { PhysicalClock } from './types.ts'

/** What a timer of Node has and a browser's (a number) has not. */
interface Handle { unref?(): void }

/**
 * The time of this process. The globals are looked up at each call, so that a test runner's fake timers are seen; a timer never keeps
 * the process alive, because watching a clock is no work of its own.
 */
export const systemClock: Required<PhysicalClock> = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  after(ms, run) {
    const timer = setTimeout(run, ms)
    ;(timer as Handle).unref?.()
    return { cancel: () => clearTimeout(timer) }
  },
}

/** Sixteen random hexadecimal digits (64 bits: two of a million nodes meet with odds of one in 37 million). */
export function randomNode(random?: () => number): string {
  const bytes = random === undefined ? crypto.getRandomValues(new Uint8Array(8)) : Uint8Array.from({ length: 8 }, () => random() * 256)
  let id = ''
  for (const byte of bytes) id += byte.toString(16).padStart(2, '0')
  return id
}
