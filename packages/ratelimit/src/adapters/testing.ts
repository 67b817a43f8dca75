/** For tests of what uses a limiter, and of what a limiter uses: a clock that moves when you say so, and the specification to compare with. */
export { manualClock, type ManualClock } from '../testing/clock.ts'
export { bigintModel, type Model } from '../testing/model.ts'
