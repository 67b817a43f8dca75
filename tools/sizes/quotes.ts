import { linesOf } from '../house/prose.ts'

/** A size that a README states: the first cell of a row of its table of sizes, and the figure in it. */
export interface Quote {
  readonly line: number
  readonly name: string
  readonly kB: number
}

/** How far a quoted size may be from the measured one, in percent. */
export const tolerancePercent = 5

/** `N.NN kB` in the rows of the table under the heading that speaks of sizes. One kB is 1000 bytes. */
export function quotesOf(markdown: string): readonly Quote[] {
  const quotes: Quote[] = []
  let inside = false
  for (const { text, line, kind } of linesOf(markdown)) {
    if (kind !== 'prose') continue
    if (/^#{1,6}\s/.test(text)) inside = /\bsizes?\b/i.test(text)
    const figure = /(\d+\.\d\d) kB/.exec(text)?.[1]
    if (!inside || !text.trimStart().startsWith('|') || figure === undefined) continue
    const name = text.split('|')[1] ?? ''
    quotes.push({ line, name: bare(name), kB: Number(figure) })
  }
  return quotes
}

/** A cell or a name without its marks: `` **`createClock`** `` → `createClock`. */
export function bare(text: string): string {
  return text.replaceAll(/[`*]/g, '').replaceAll(/\s+/g, ' ').trim()
}

/** What is wrong with a quote beside the measured bytes; nothing when it is true. */
export function faultOf({ name, kB }: Quote, gzipBytes: number | undefined): string | undefined {
  if (gzipBytes === undefined) return `quotes ${kB.toFixed(2)} kB for "${name}", and no entry of sizes.json has that name: nothing keeps the figure true`
  if (Math.abs(Math.round(kB * 1000) - gzipBytes) * 100 <= tolerancePercent * gzipBytes) return undefined
  return `quotes ${kB.toFixed(2)} kB for "${name}", and ${(gzipBytes / 1000).toFixed(2)} kB was measured`
}
