import type { FullClock } from './physical.ts'

/** What a timer of Node has and a browser's (a number) has not. */
interface Handle { unref?(): void }

/** The wall clock of this process, looked up at each call. */
export const wallClock: { now(): number } = { now: () => Date.now() }

/**
 * The time of this process. The globals are looked up at each call, so that a test runner's fake timers are seen; a timer never keeps
 * the process alive, because watching a clock is no work of its own.
 */
export const systemClock: FullClock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  after(ms, run) {
    const timer = setTimeout(run, ms)
    ;(timer as Handle).unref?.()
    return { cancel: () => clearTimeout(timer) }
  },
}

export const systemRandom = (): number => Math.random()
