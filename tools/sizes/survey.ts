import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { WorkspacePackage } from '../workspace.ts'
import { parseBudgets } from './budget.ts'
import { measure } from './measure.ts'
import type { Size } from './measure.ts'
import { bare, faultOf, quotesOf } from './quotes.ts'

export interface Row extends Size {
  readonly package: string
  readonly name: string
  readonly limitBytes: number
}

export interface Survey {
  readonly rows: readonly Row[]
  readonly faults: readonly string[]
}

/** Measures what every package's sizes.json lists, and holds the figures of its README against it. */
export async function survey(packages: readonly WorkspacePackage[]): Promise<Survey> {
  const rows: Row[] = []
  const faults: string[] = []
  for (const one of packages) {
    const path = join(one.folder, 'sizes.json')
    const shown = `packages/${one.name}`
    if (!existsSync(path)) {
      faults.push(`${shown}/sizes.json is missing: nothing says how heavy the package may become`)
      continue
    }
    try {
      for (const budget of parseBudgets(readFileSync(path, 'utf8'), `${shown}/sizes.json`)) {
        const row = { package: one.name, name: budget.name, limitBytes: budget.limitBytes, ...await measure(one, budget) }
        rows.push(row)
        if (row.gzipBytes > row.limitBytes) {
          faults.push(`${shown}: "${row.name}" weighs ${row.gzipBytes} bytes, and ${row.limitBytes} is the most. ` +
            'Make it lighter, or raise the limit with a reason in the commit')
        }
      }
    } catch (error) {
      faults.push(`${shown}: ${error instanceof Error ? error.message : String(error)}`)
    }
    const readme = join(one.folder, 'README.md')
    if (!existsSync(readme)) continue
    for (const quote of quotesOf(readFileSync(readme, 'utf8'))) {
      const measured = rows.find((row) => row.package === one.name && bare(row.name) === quote.name)?.gzipBytes
      const fault = faultOf(quote, measured)
      if (fault !== undefined) faults.push(`${shown}/README.md:${quote.line} ${fault}`)
    }
  }
  return { rows, faults }
}

export function table(rows: readonly Row[]): string {
  const cells = [
    ['package', 'import', 'minified', 'gzip', 'limit'],
    ...rows.map((row) => [row.package, row.name, String(row.minifiedBytes), String(row.gzipBytes), String(row.limitBytes)]),
  ]
  const widths = [0, 1, 2, 3, 4].map((column) => Math.max(...cells.map((row) => row[column]?.length ?? 0)))
  const padded = (cell: string, column: number): string => (column < 2 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0))
  return cells.map((row) => row.map(padded).join('  ')).join('\n')
}
