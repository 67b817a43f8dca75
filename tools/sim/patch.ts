/** A planted bug: one or more changes of source files, found by their text. */
export interface Mutant {
  readonly package: string
  readonly name: string
  /** What it does, in a sentence. */
  readonly story: string
  readonly changes: readonly { readonly file: string; readonly before: string; readonly after: string }[]
}

/**
 * Reads a patch: the first line `# what the bug does`, then for each change `--- file` (below the package), and a block of lines that
 * begin with a blank, `-` or `+` as in any diff. There are no line numbers: the text itself says where.
 */
export function parsePatch(of: string, name: string, text: string): Mutant {
  const [first = '', ...lines] = text.split('\n')
  if (!first.startsWith('# ')) throw new Error(`Expected mutant ${of}/${name} to begin with "# what the bug does", got: ${first}`)
  const changes: { file: string; before: string; after: string }[] = []
  let file = ''
  let before: string[] = []
  let after: string[] = []
  const finish = (): void => {
    if (before.length > 0) changes.push({ file, before: before.join('\n'), after: after.join('\n') })
    before = []
    after = []
  }
  for (const line of lines) {
    if (line.startsWith('--- ')) {
      finish()
      file = line.slice(4).trim()
    } else if (line.startsWith('@@')) finish()
    else if (line.startsWith('-')) before.push(line.slice(1))
    else if (line.startsWith('+')) after.push(line.slice(1))
    else if (line.startsWith(' ')) {
      before.push(line.slice(1))
      after.push(line.slice(1))
    }
  }
  finish()
  if (changes.length === 0) throw new Error(`Expected mutant ${of}/${name} to change something, got no lines`)
  return { package: of, name, story: first.slice(2), changes }
}

/** The source with its bug. A text that is not there, or there twice, means that the code has moved on: the mutant must follow it. */
export function plant(mutant: Mutant, file: string, source: string): string {
  let planted = source
  for (const { before, after } of mutant.changes.filter((change) => change.file === file)) {
    const times = planted.split(before).length - 1
    if (times !== 1) throw new Error(`Expected mutant ${mutant.package}/${mutant.name} to find its text once in ${file}, found it ${times} times. Bring the patch up to date:\n${before}`)
    planted = planted.replace(before, () => after)
  }
  return planted
}
