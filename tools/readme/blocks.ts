import { linesOf } from '../house/prose.ts'

/** One fenced example of a page. */
export interface Block {
  /** Line of the fence, counted from 1. */
  readonly line: number
  readonly code: string
}

/** The ```ts blocks of a Markdown file; one fenced ```ts no-run is left to the reader's eye. */
export function blocksOf(markdown: string): readonly Block[] {
  const blocks: Block[] = []
  let open: { line: number; indent: number; code: string[] } | undefined
  for (const { text, line, kind } of linesOf(markdown)) {
    if (kind === 'fence') {
      const [, indent = '', info = ''] = /^( *)[`~]{3,}\s*(.*)$/.exec(text) ?? []
      const [language, ...words] = info.trim().split(/\s+/)
      open = language === 'ts' && !words.includes('no-run') ? { line, indent: indent.length, code: [] } : undefined
    } else if (kind === 'code') {
      open?.code.push(text.slice(Math.min(open.indent, text.length - text.trimStart().length)))
    } else if (kind === 'close' && open !== undefined) {
      blocks.push({ line: open.line, code: open.code.join('\n') })
      open = undefined
    }
  }
  return blocks
}
