import type { Clock } from './ground/types.ts'

/**
 * Waits `ms`, or less if `release` is called, or rejects with the reason of the first signal that aborts. Leaves no timer and no listener behind.
 * Nothing is waited for when `ms` is 0.
 */
export function wait(
  clock: Pick<Clock, 'after'>,
  ms: number,
  signals: readonly (AbortSignal | undefined)[],
  onStart?: (release: () => void) => void,
): Promise<void> {
  for (const signal of signals) if (signal?.aborted) return Promise.reject(signal.reason)
  if (ms <= 0) return Promise.resolve()
  return new Promise((resolve, reject) => {
    const finish = (): void => {
      timer.cancel()
      for (const signal of signals) signal?.removeEventListener('abort', abort)
    }
    const release = (): void => {
      finish()
      resolve()
    }
    const abort = (event: Event): void => {
      finish()
      reject((event.target as AbortSignal).reason)
    }
    const timer = clock.after(ms, release)
    for (const signal of signals) signal?.addEventListener('abort', abort, { once: true })
    onStart?.(release)
  })
}

/** The promise's outcome, unless a signal aborts first. A late outcome goes to `late`, so that what it owns can be freed. */
export function unlessAborted<T>(work: Promise<T>, signals: readonly (AbortSignal | undefined)[], late: (value: T) => void): Promise<T> {
  return new Promise((resolve, reject) => {
    let over = false
    const finish = (): void => {
      over = true
      for (const signal of signals) signal?.removeEventListener('abort', abort)
    }
    const abort = (event: Event): void => {
      finish()
      reject((event.target as AbortSignal).reason)
    }
    for (const signal of signals) signal?.addEventListener('abort', abort, { once: true })
    work.then(
      (value) => {
        if (over) return late(value)
        finish()
        resolve(value)
      },
      (error: unknown) => {
        finish()
        reject(error)
      },
    )
    for (const signal of signals) {
      if (!over && signal?.aborted) {
        finish()
        reject(signal.reason)
      }
    }
  })
}
