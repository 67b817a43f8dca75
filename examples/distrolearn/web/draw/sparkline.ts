// A minute as a line, drawn by hand: one point per second, a second without anything is a gap.

export interface Frame {
  readonly width: number
  readonly height: number
  /** The value at the top edge; larger ones are cut off there. */
  readonly max: number
}

/** SVG path through the points; `undefined` lifts the pen. The last point is at the right edge. */
export const sparkline = (values: readonly (number | undefined)[], { width, height, max }: Frame): string => {
  const stepX = width / Math.max(1, values.length - 1)
  let path = ''
  let down = false
  values.forEach((value, index) => {
    if (value === undefined) {
      down = false
      return
    }
    const x = index * stepX
    const y = height - (Math.min(value, max) / Math.max(max, Number.EPSILON)) * height
    path += `${down ? 'L' : 'M'}${x.toFixed(1)} ${y.toFixed(1)}`
    // A lone second is drawn as a dash of its own width.
    if (!down && values[index + 1] === undefined) path += `h${(stepX / 2).toFixed(1)}`
    down = true
  })
  return path
}

/** The next of 1, 2, 5, 10, 20 … from `value` up: a scale that does not jump at every new peak. */
export const niceCeiling = (value: number, least: number): number => {
  const wanted = Math.max(value, least)
  const power = 10 ** Math.floor(Math.log10(wanted))
  return ([1, 2, 5, 10].find((step) => step * power >= wanted) ?? 10) * power
}
