/**
 * Which sequence numbers of one actor are known: where a run of them begins and where it has ended, in turn. Nearly always that is one run from 1 on. A number is known
 * if an odd number of bounds are not above it; so one bisection answers every question, and a span is taken in by one splice.
 */
export type Bounds = number[]

/** How many bounds are not above a number. */
function below(bounds: Bounds, seq: number): number {
  let low = 0
  let high = bounds.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (bounds[middle]! <= seq) low = middle + 1
    else high = middle
  }
  return low
}

const isInside = (position: number): boolean => position % 2 === 1

export const isKnown = (bounds: Bounds | undefined, seq: number): boolean => bounds !== undefined && isInside(below(bounds, seq))

/** Whether all of `from` to `to` are known. */
export function areKnown(bounds: Bounds, from: number, to: number): boolean {
  const position = below(bounds, from)
  return isInside(position) && bounds[position]! > to
}

/** How many of `from` to `to` are not known. */
export function unknown(bounds: Bounds, from: number, to: number): number {
  let left = to - from + 1
  const start = below(bounds, from)
  for (let run = start - (start % 2); run < bounds.length && bounds[run]! <= to; run += 2) left -= Math.min(bounds[run + 1]!, to + 1) - Math.max(bounds[run]!, from)
  return left
}

export function add(bounds: Bounds, from: number, to: number): void {
  const last = bounds.length - 1
  // The common cases: the first operations, and the next.
  if (last < 0) bounds.push(from, to + 1)
  else if (bounds[last] === from) bounds[last] = to + 1
  else insert(bounds, from, to)
}

function insert(bounds: Bounds, from: number, to: number): void {
  // Neighbours grow together: a run that ends where this one begins is one with it.
  const start = below(bounds, from - 1)
  const end = below(bounds, to + 1)
  bounds.splice(start, end - start, ...(isInside(start) ? [] : [from]), ...(isInside(end) ? [] : [to + 1]))
}
