// The only file of the page that reads a clock.

/** Monotonic ms since the page was opened. */
export const pageMs = (): number => performance.now()

export const every = (ms: number, run: () => void): Disposable => {
  const timer = setInterval(run, ms)
  return { [Symbol.dispose]: () => clearInterval(timer) }
}
