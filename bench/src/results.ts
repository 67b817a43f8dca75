import type { Case } from './contestant.ts'
import type { Machine } from './machine.ts'
import type { Measured } from './rounds.ts'
import { median, ratio, threeDigits } from './statistics.ts'

export interface Row {
  readonly name: string
  /** Median over the rounds, nanoseconds per unit. */
  readonly ns: number
  readonly perSecond: number
  /** Fastest and slowest round. */
  readonly range: readonly [number, number]
  /** Times the baseline: below 1 is faster. */
  readonly ratio: number
  readonly facts: Readonly<Record<string, number>>
}

export interface CaseResult {
  readonly name: string
  readonly unit: string
  readonly baseline: string
  readonly rows: readonly Row[]
}

export interface Results {
  readonly package: string
  readonly note: string
  readonly seconds: number
  readonly rounds: number
  readonly machine: Machine
  readonly cases: readonly CaseResult[]
}

export function resultOf({ name, unit, baseline }: Case, measured: readonly Measured[]): CaseResult {
  const base = measured.find((one) => one.name === baseline)
  if (base === undefined) throw new RangeError(`"${name}": the baseline "${baseline}" is none of ${measured.map((one) => `"${one.name}"`).join(', ')}`)
  const rows = measured.map(({ name: contestant, rounds, facts }) => {
    const ns = median(rounds)
    return { name: contestant, ns, perSecond: 1e9 / ns, range: [Math.min(...rounds), Math.max(...rounds)] as const, ratio: ratio(rounds, base.rounds), facts }
  })
  return { name, unit, baseline, rows }
}

/** A case as a table for the terminal. */
export function tableOf({ name, unit, baseline, rows }: CaseResult): string {
  const facts = [...new Set(rows.flatMap((row) => Object.keys(row.facts)))]
  const head = [name, `ns/${unit}`, `${unit}s/s`, 'fastest', 'slowest', `× ${baseline}`, ...facts]
  const body = rows.map((row) => [
    row.name, threeDigits(row.ns), threeDigits(row.perSecond), threeDigits(row.range[0]), threeDigits(row.range[1]), threeDigits(row.ratio),
    ...facts.map((fact) => (row.facts[fact] === undefined ? '' : threeDigits(row.facts[fact]))),
  ])
  const widths = head.map((title, column) => Math.max(title.length, ...body.map((cells) => cells[column]?.length ?? 0)))
  const padded = (cell: string, column: number): string => (column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0))
  return [head, ...body].map((cells) => cells.map(padded).join('  ').trimEnd()).join('\n')
}
