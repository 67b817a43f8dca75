import { TAIL_CAP } from '../ground/defaults.ts'

/**
 * A delay with a heavy tail: `floorMs` plus a Lomax (Pareto II, shape 2) share of `jitterMs`, from one number in [0, 1).
 *
 * The mean is about `floorMs + 0.98 × jitterMs`; half of the delays stay below 0.41 × jitter, one in a hundred
 * exceeds 9 ×, none 99 ×. Networks have such tails, and shape 2 needs a square root only, which IEEE 754 rounds
 * the same on every machine (logarithms differ between engines, and a replayed run must not).
 */
export function tailed(floorMs: number, jitterMs: number, unit: number): number {
  return floorMs + jitterMs * Math.min(TAIL_CAP, 1 / Math.sqrt(1 - unit) - 1)
}
