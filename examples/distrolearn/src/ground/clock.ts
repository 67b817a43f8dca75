// Promise: time is asked for here; a simulated world puts its own clock in the same place.

import type { Clock } from '@distrokit/chaos'

export type { Clock } from '@distrokit/chaos'

export const machineClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  after(ms, run) {
    const timer = setTimeout(run, ms)
    return { cancel: () => clearTimeout(timer) }
  },
}

/** Milliseconds on a clock that all processes of the machine share. */
export const machineTime = (): number => performance.timeOrigin + performance.now()

/** Runs `run` every `ms` until cancelled. */
export function every(clock: Pick<Clock, 'after'>, ms: number, run: () => void): { cancel(): void } {
  let timer = clock.after(ms, beat)
  function beat(): void {
    timer = clock.after(ms, beat)
    run()
  }
  return { cancel: () => timer.cancel() }
}

/** Waits; rejects with the signal's reason if that fires first. Leaves no timer and no listener behind. */
export function pause(clock: Pick<Clock, 'after'>, ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason)
    const stop = (): void => {
      timer.cancel()
      reject(signal.reason)
    }
    const timer = clock.after(ms, () => {
      signal.removeEventListener('abort', stop)
      resolve()
    })
    signal.addEventListener('abort', stop, { once: true })
  })
}
