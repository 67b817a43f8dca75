/**
 * Sums over a sliding window of time, in `lanes` separate columns. The window is cut into slices; when time moves on, the slices that
 * fall out are subtracted from the totals ("subtract on evict", as resilience4j's sliding time window does).
 *
 * Adding costs O(1) amortised, and never more than one pass over all slices however long nothing came: the catch-up is bounded by the
 * number of slices. Allocated with the first addition.
 */
export class TimeRing {
  readonly #widthMs: number
  readonly #slices: number
  readonly #lanes: number
  #cells: number[] | undefined
  /** The number of the newest slice, counted from the clock's origin. It never goes down: a clock that steps back adds to the newest slice. */
  #newest = 0
  /** Per lane, the sum over all slices in the window. */
  readonly totals: number[]

  constructor(windowMs: number, slices: number, lanes: number) {
    this.#widthMs = windowMs / slices
    this.#slices = slices
    this.#lanes = lanes
    this.totals = Array.from({ length: lanes }, () => 0)
  }

  /** Forgets what has left the window by `now` (monotonic ms). Call before reading `totals`. */
  advance(now: number): void {
    const cells = this.#cells
    const slice = Math.floor(now / this.#widthMs)
    if (cells === undefined || slice <= this.#newest) return
    const passed = Math.min(slice - this.#newest, this.#slices)
    for (let step = 1; step <= passed; step++) {
      const start = ((this.#newest + step) % this.#slices) * this.#lanes
      for (let lane = 0; lane < this.#lanes; lane++) {
        this.totals[lane] = (this.totals[lane] as number) - (cells[start + lane] as number)
        cells[start + lane] = 0
      }
    }
    this.#newest = slice
  }

  /** Adds to a lane, in the newest slice. Call `advance` first. */
  add(lane: number, amount: number, now: number): void {
    if (this.#cells === undefined) {
      this.#cells = Array.from({ length: this.#slices * this.#lanes }, () => 0)
      this.#newest = Math.floor(now / this.#widthMs)
    }
    const cell = (this.#newest % this.#slices) * this.#lanes + lane
    this.#cells[cell] = (this.#cells[cell] as number) + amount
    this.totals[lane] = (this.totals[lane] as number) + amount
  }

  clear(): void {
    this.#cells = undefined
    this.totals.fill(0)
  }
}
