/**
 * Sums over a sliding window of time, in `lanes` separate columns. The window is cut into slices of `widthMs`; when time moves on, the slices that
 * fall out are subtracted from the totals ("subtract on evict", as resilience4j's sliding time window does).
 *
 * The newest slice is the one that now is in, so `slices` of them reach back by at most `slices * widthMs` and by at least one less.
 *
 * Adding costs O(1) amortised, and never more than one pass over all slices however long nothing came: the catch-up is bounded by the
 * number of slices. Allocated with the first addition.
 */
export class TimeRing {
  readonly #widthMs: number
  readonly #slices: number
  readonly #lanes: number
  /** `lanes` numbers for each slice, and before them the sums of all slices in the window. */
  #cells: number[] | undefined
  /** The first cell of the newest slice. */
  #cursor: number
  /** The number of the newest slice, counted from the clock's origin, and where it ends. A clock that steps back adds to it all the same. */
  #newest = 0
  #endsAt = 0

  constructor(widthMs: number, slices: number, lanes: number) {
    this.#widthMs = widthMs
    this.#slices = slices
    this.#lanes = lanes
    this.#cursor = lanes
  }

  /** Forgets what has left the window by `now` (monotonic ms). Call before reading a total and before adding. */
  advance(now: number): void {
    if (now >= this.#endsAt) this.#turn(now)
  }

  /** The sum over all slices in the window. */
  total(lane: number): number {
    return this.#cells?.[lane] ?? 0
  }

  /** Adds to a lane, in the newest slice. */
  add(lane: number, amount: number): void {
    const cells = (this.#cells ??= Array.from({ length: (this.#slices + 1) * this.#lanes }, () => 0))
    const cell = this.#cursor + lane
    cells[cell] = (cells[cell] as number) + amount
    cells[lane] = (cells[lane] as number) + amount
  }

  clear(): void {
    this.#cells = undefined
  }

  #turn(now: number): void {
    const slice = Math.floor(now / this.#widthMs)
    const cells = this.#cells
    if (cells !== undefined) {
      for (let step = Math.min(slice - this.#newest, this.#slices); step > 0; step--) {
        this.#cursor += this.#lanes
        if (this.#cursor === cells.length) this.#cursor = this.#lanes
        for (let lane = 0; lane < this.#lanes; lane++) {
          cells[lane] = (cells[lane] as number) - (cells[this.#cursor + lane] as number)
          cells[this.#cursor + lane] = 0
        }
      }
    }
    this.#newest = slice
    this.#endsAt = (slice + 1) * this.#widthMs
  }
}
