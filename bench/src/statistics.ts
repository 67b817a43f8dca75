/** The middle of a list, or the mean of the two in the middle. A slow spell of the machine moves it little. */
export function median(values: readonly number[]): number {
  if (values.length === 0) throw new RangeError('median of nothing: at least one value is needed')
  const sorted = values.toSorted((a, b) => a - b)
  const half = sorted.length >> 1
  const upper = sorted[half] ?? Number.NaN
  return sorted.length % 2 === 1 ? upper : ((sorted[half - 1] ?? Number.NaN) + upper) / 2
}

/**
 * How many times the baseline a contestant takes, as the median of the ratios of the rounds: the two were measured beside each other
 * in each round, so what slowed one round down slowed both.
 */
export function ratio(values: readonly number[], baseline: readonly number[]): number {
  if (values.length !== baseline.length) throw new RangeError(`rounds do not match: ${values.length} beside ${baseline.length}`)
  return median(values.map((value, round) => value / (baseline[round] ?? Number.NaN)))
}

/** A number with three digits that matter: `0.0123`, `12.3`, `1 230 000`. */
export function threeDigits(value: number): string {
  if (!Number.isFinite(value)) return String(value)
  if (value === 0) return '0'
  const rounded = Number(value.toPrecision(3))
  const text = Math.abs(rounded) >= 100 ? rounded.toFixed(0) : rounded.toFixed(Math.max(0, 2 - Math.floor(Math.log10(Math.abs(rounded)))))
  return text.replace(/^-?\d+/, (whole) => whole.replaceAll(/\B(?=(?:\d{3})+$)/g, ' '))
}
