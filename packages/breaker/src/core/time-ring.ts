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
  /** `lanes` numbers for each slice. */
  #cells: number[] | undefined
  /** The first cell of the newest slice. */
  #cursor = 0
  /** The number of the newest slice, counted from the clock's origin, and where it ends. A clock that steps back adds to it all the same. */
  #newest = 0
  #endsAt = 0
  /** Per lane, the sum over all slices in the window. */
  readonly totals: number[]

  constructor(windowMs: number, slices: number, lanes: number) {
    this.#widthMs = windowMs / slices
    this.#slices = slices
    this.#lanes = lanes
    this.totals = zeros(lanes)
  }

  /** Forgets what has left the window by `now` (monotonic ms). Call before reading `totals` and before adding. */
  advance(now: number): void {
    if (now >= this.#endsAt) this.#turn(now)
  }

  /** Adds to a lane, in the newest slice. */
  add(lane: number, amount: number): void {
    const cells = (this.#cells ??= zeros(this.#slices * this.#lanes))
    const cell = this.#cursor + lane
    cells[cell] = (cells[cell] as number) + amount
    this.totals[lane] = (this.totals[lane] as number) + amount
  }

  clear(): void {
    this.#cells = undefined
    this.totals.fill(0)
  }

  #turn(now: number): void {
    const slice = Math.floor(now / this.#widthMs)
    const cells = this.#cells
    if (cells !== undefined) {
      for (let step = Math.min(slice - this.#newest, this.#slices); step > 0; step--) {
        this.#cursor = (this.#cursor + this.#lanes) % cells.length
        for (let lane = 0; lane < this.#lanes; lane++) {
          this.totals[lane] = (this.totals[lane] as number) - (cells[this.#cursor + lane] as number)
          cells[this.#cursor + lane] = 0
        }
      }
    }
    this.#newest = slice
    this.#endsAt = (slice + 1) * this.#widthMs
  }
}

const zeros = (length: number): number[] => Array.from({ length }, () => 0)
