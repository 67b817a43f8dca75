/**
 * What has been heard of, by actor id: where a run of known sequence numbers begins and where it has ended, in turn. A number is known if an odd number of bounds are
 * not above it; so one bisection answers every question, and a span is taken in by one splice.
 */
export type Bounds = Map<string, number[]>

/** How many bounds are not above a number. */
function below(bounds: readonly number[], seq: number): number {
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

export function has(known: Bounds, id: string, seq: number): boolean {
  const bounds = known.get(id)
  return bounds !== undefined && isInside(below(bounds, seq))
}

/** Whether all of `from` to `to` is known. */
export function covers(known: Bounds, id: string, from: number, to: number): boolean {
  const bounds = known.get(id) ?? []
  const position = below(bounds, from)
  return isInside(position) && bounds[position]! > to
}

export function add(known: Bounds, id: string, from: number, to: number): void {
  const bounds = known.get(id)
  if (bounds === undefined) known.set(id, [from, to + 1])
  // The common case: the next operation.
  else if (bounds.at(-1) === from) bounds[bounds.length - 1] = to + 1
  else {
    // Neighbours grow together: a run that ends where this one begins is one with it.
    const start = below(bounds, from - 1)
    const end = below(bounds, to + 1)
    bounds.splice(start, end - start, ...(isInside(start) ? [] : [from]), ...(isInside(end) ? [] : [to + 1]))
  }
}
