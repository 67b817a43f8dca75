// Promise: what a region does unasked, it does one round after the other, never two at once, and stops when it is told to.

export interface Rounds {
  /** Runs `round`, waits, runs it again. What it throws ends nothing. */
  every(pauseMs: number, round: (signal: AbortSignal) => Promise<void>): void
  stop(): void
  readonly stopped: boolean
}

export function createRounds(clock: { after(ms: number, run: () => void): { cancel(): void } }, onError: (error: unknown) => void): Rounds {
  const stopping = new AbortController()
  return {
    every(pauseMs, round) {
      const next = async (): Promise<void> => {
        try {
          await round(stopping.signal)
        } catch (error) {
          if (!stopping.signal.aborted) onError(error)
        }
        if (!stopping.signal.aborted) clock.after(pauseMs, () => void next())
      }
      void next()
    },
    stop: () => stopping.abort(new Error('the region closes')),
    get stopped() {
      return stopping.signal.aborted
    },
  }
}
