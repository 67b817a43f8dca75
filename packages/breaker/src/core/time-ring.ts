/**
 * Two sums over a sliding window of time: of all that happened, and of the part of it that matters. The window is cut into slices of
 * `widthMs`; when time moves on, the slices that fall out are subtracted from the sums ("subtract on evict", as resilience4j's sliding
 * time window does).
 *
 * The newest slice is the one that now is in, so `slices` of them reach back by at most `slices * widthMs` and by at least one less.
 *
 * Counting is adding to a field. Moving on costs O(1) amortised, and never more than one pass over all slices however long nothing came:
 * the catch-up is bounded by their number. What the newest slice holds is kept here and goes into the ring when it ends, so that most
 * calls touch this object and no other. The ring is allocated with the first of them.
 */
export class TimeRing {
  /** Sums over the window. Call `advance` before reading them and before adding to them. */
  total = 0
  part = 0
  /** When the newest slice ends. A clock that steps back adds to it all the same. */
  #endsAt = 0
  /** The number of the newest slice, counted from the clock's origin. */
  #newest = 0
  readonly #widthMs: number
  readonly #slices: number
  /** What the sums were when the newest slice began, so that what it holds is what was added since. */
  #totalBefore = 0
  #partBefore = 0
  /** Two numbers for each slice. */
  #cells: number[] | undefined
  /** The cells of the newest slice. */
  #cursor = 0

  constructor(widthMs: number, slices: number) {
    this.#widthMs = widthMs
    this.#slices = slices
  }

  /** Forgets what has left the window by `now` (monotonic ms). */
  advance(now: number): void {
    if (now >= this.#endsAt) this.#turn(now)
  }

  #turn(now: number): void {
    const slice = Math.floor(now / this.#widthMs)
    const cells = (this.#cells ??= Array.from({ length: 2 * this.#slices }, () => 0))
    // Added, not set: by rounding a slice may end where it begins, and then it comes here more than once.
    cells[this.#cursor] = (cells[this.#cursor] as number) + this.total - this.#totalBefore
    cells[this.#cursor + 1] = (cells[this.#cursor + 1] as number) + this.part - this.#partBefore
    for (let step = Math.min(slice - this.#newest, this.#slices); step > 0; step--) {
      this.#cursor = (this.#cursor + 2) % cells.length
      this.total -= cells[this.#cursor] as number
      this.part -= cells[this.#cursor + 1] as number
      cells[this.#cursor] = cells[this.#cursor + 1] = 0
    }
    this.#totalBefore = this.total
    this.#partBefore = this.part
    this.#newest = slice
    this.#endsAt = (slice + 1) * this.#widthMs
  }
}
