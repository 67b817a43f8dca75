// Promise: one bad line costs one line. Fields hold no line breaks here, so a broken quote can never swallow the rest of a file.

import { readFileSync } from 'node:fs'

export interface Row {
  /** 1-based, the header being line 1. */
  readonly line: number
  readonly fields: Readonly<Record<string, string>>
}

export interface Skipped {
  readonly file: string
  readonly line: number
  readonly reason: string
}

export interface Table {
  readonly rows: readonly Row[]
  readonly skipped: readonly Skipped[]
}

/** A file or a column is missing: nothing can be done with the cohort at all. */
export class CohortError extends Error {
  readonly code = 'cohort'
  override readonly name = 'CohortError'
}

/** Splits one line; `undefined` when a quote is never closed. */
export function splitLine(line: string): string[] | undefined {
  const fields: string[] = []
  let position = 0
  for (;;) {
    if (line[position] !== '"') {
      const comma = line.indexOf(',', position)
      fields.push(line.slice(position, comma < 0 ? undefined : comma).trim())
      if (comma < 0) return fields
      position = comma + 1
      continue
    }
    let value = ''
    position += 1
    for (;;) {
      const quote = line.indexOf('"', position)
      if (quote < 0) return undefined
      value += line.slice(position, quote)
      position = quote + 1
      if (line[position] !== '"') break
      value += '"'
      position += 1
    }
    fields.push(value.trim())
    if (position >= line.length) return fields
    if (line[position] !== ',') return undefined
    position += 1
  }
}

/** Reads a table by the names of its columns, in whatever order they stand; further columns are ignored. */
export function parseTable(file: string, text: string, columns: readonly string[]): Table {
  const lines = text.replace(/^\uFEFF/, '').split(/\r\n|\n|\r/)
  const header = splitLine(lines[0] ?? '') ?? []
  for (const column of columns) {
    if (!header.includes(column)) {
      throw new CohortError(`${file} has no column "${column}"; expected the columns ${columns.join(', ')} and found ${header.filter(Boolean).join(', ') || 'none'}`)
    }
  }
  const places = columns.map((column) => [column, header.indexOf(column)] as const)
  const rows: Row[] = []
  const skipped: Skipped[] = []
  for (let index = 1; index < lines.length; index += 1) {
    const line = lines[index] ?? ''
    if (line.trim() === '') continue
    const fields = splitLine(line)
    if (fields === undefined) skipped.push({ file, line: index + 1, reason: 'a quoted field is not closed' })
    else if (fields.length < header.length) skipped.push({ file, line: index + 1, reason: `the line is cut short: ${fields.length} of ${header.length} fields` })
    else if (fields.length > header.length) skipped.push({ file, line: index + 1, reason: `the line has ${fields.length} fields where the header has ${header.length}` })
    else rows.push({ line: index + 1, fields: Object.fromEntries(places.map(([column, place]) => [column, fields[place] ?? ''])) })
  }
  return { rows, skipped }
}

export function readTable(directory: string, file: string, columns: readonly string[]): Table {
  let text: string
  try {
    text = readFileSync(`${directory}/${file}`, 'utf8')
  } catch (error) {
    const why = (error as NodeJS.ErrnoException).code === 'ENOENT' ? 'it is not there' : (error as Error).message
    throw new CohortError(`cannot read ${directory}/${file}: ${why}; a cohort is six files of one presentation in OULAD's columns, see examples/distrolearn/README.md`, { cause: error })
  }
  return parseTable(file, text, columns)
}
