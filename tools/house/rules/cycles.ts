import type { House, Rule, Source } from '../types.ts'

/** Files that import each other in a ring. Types count: a ring of types is a ring of ideas. */
export const cycles: Rule = {
  name: 'cycles',
  promise: 'no file imports itself through others',
  *check(house) {
    for (const ring of ringsOf(house)) {
      const [first, second] = ring
      if (first === undefined) continue
      const next = second ?? first
      yield {
        file: first.path,
        line: first.imports.find((entry) => entry.target === next.path)?.line ?? 1,
        rule: 'cycles',
        message: `a ring of imports: ${[...ring, first].map((source) => source.path).join(' → ')}. ` +
          'None of these files can be read, tested or moved alone, and load order decides what is undefined. ' +
          'Instead: move what they share into a file below them, or pass it in as an argument.',
      }
    }
  },
}

/** Strongly connected parts of the import graph (Tarjan, SIAM J. Comput. 1972), each told as one ring through its files. */
function ringsOf(house: House): readonly (readonly Source[])[] {
  const numbers = new Map<string, { index: number; low: number }>()
  const stack: Source[] = []
  const rings: (readonly Source[])[] = []
  const neighbours = (source: Source): readonly Source[] =>
    source.imports.flatMap((entry) => (entry.target === undefined ? [] : house.source(entry.target) ?? []))

  const visit = (source: Source): number => {
    const mine = { index: numbers.size, low: numbers.size }
    numbers.set(source.path, mine)
    stack.push(source)
    for (const next of neighbours(source)) {
      const seen = numbers.get(next.path)
      if (seen === undefined) mine.low = Math.min(mine.low, visit(next))
      else if (stack.includes(next)) mine.low = Math.min(mine.low, seen.index)
    }
    if (mine.low === mine.index) {
      const part = stack.splice(stack.indexOf(source))
      const alone = part.length === 1 && !neighbours(source).includes(source)
      if (!alone) rings.push(ringThrough(source, new Set(part), neighbours))
    }
    return mine.low
  }
  for (const source of house.sources) if (!numbers.has(source.path)) visit(source)
  return rings
}

/** The shortest way from a file back to itself inside its part. */
function ringThrough(start: Source, part: ReadonlySet<Source>, neighbours: (source: Source) => readonly Source[]): readonly Source[] {
  const cameFrom = new Map<Source, Source>()
  const queue = [start]
  for (const source of queue) {
    for (const next of neighbours(source)) {
      if (next === start) {
        const ring = [source]
        for (let step = cameFrom.get(source); step !== undefined; step = cameFrom.get(step)) ring.unshift(step)
        return ring
      }
      if (!part.has(next) || cameFrom.has(next)) continue
      cameFrom.set(next, source)
      queue.push(next)
    }
  }
  return [...part]
}
