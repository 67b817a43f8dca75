/** One line of a Markdown file. `fence` is the line that opens a block, `code` what stands inside, `close` the line that ends it. */
export interface Line {
  readonly text: string
  readonly line: number
  readonly kind: 'prose' | 'fence' | 'code' | 'close'
}

/** Lines of a Markdown file, told apart by fences (CommonMark §4.5: a fence is closed by one at least as long, of the same sign). */
export function linesOf(text: string): readonly Line[] {
  let open: string | undefined
  return text.split('\n').map((line, index) => {
    const fence = /^ {0,3}(`{3,}|~{3,})(.*)$/.exec(line)
    const at = { text: line, line: index + 1 }
    if (open === undefined) {
      if (fence === null) return { ...at, kind: 'prose' }
      open = fence[1] ?? '```'
      return { ...at, kind: 'fence' }
    }
    const closes = fence !== null && (fence[1] ?? '').startsWith(open) && (fence[2] ?? '').trim() === ''
    if (!closes) return { ...at, kind: 'code' }
    open = undefined
    return { ...at, kind: 'close' }
  })
}

/** The anchor that GitHub gives a heading. */
export function slugOf(heading: string): string {
  return heading
    .replace(/^#+\s+/, '')
    .replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1')
    .trim()
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
    .replaceAll(/\s/g, '-')
}
