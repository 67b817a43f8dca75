import { packagesOf } from '../floors.ts'
import { linesOf } from '../prose.ts'
import type { House, Rule, Violation } from '../types.ts'

/** A reader decides within one screen: the first code stands in the first lines. */
export const firstCodeBy = 15

export const markdown: Rule = {
  name: 'markdown',
  promise: `every package has a README with its first code by line ${firstCodeBy}, and every Markdown file one title`,
  *check(house) {
    for (const { path, text } of house.documents) {
      if (!path.endsWith('.md') || path.startsWith('.changeset/') || path.endsWith('CHANGELOG.md')) continue
      const titles = linesOf(text).filter((line) => line.kind === 'prose' && line.text.startsWith('# '))
      if (titles.length === 1) continue
      yield {
        file: path,
        line: titles[1]?.line ?? 1,
        rule: 'markdown',
        message: `${titles.length} titles of the first level; the outline of a page hangs on exactly one. ` +
          `Instead: one \`# Title\` on top, \`##\` below it.`,
      }
    }
    yield* readmes(house)
  },
}

function* readmes(house: House): Iterable<Violation> {
  const folders = packagesOf(house).map(({ folder }) => `${folder}/`)
  for (const folder of ['', ...folders]) {
    const readme = house.document(`${folder}README.md`)
    if (readme === undefined) {
      yield {
        file: `${folder}README.md`, line: 1, rule: 'markdown',
        message: 'there is no README.md, and it is the front page of the package. ' +
          'Instead: write it on the recipe that the other packages follow.',
      }
      continue
    }
    const first = linesOf(readme.text).find((line) => line.kind === 'fence')?.line
    if (first !== undefined && first <= firstCodeBy) continue
    yield {
      file: readme.path,
      line: first ?? 1,
      rule: 'markdown',
      message: `the first code block opens ${first === undefined ? 'nowhere' : `on line ${first}`}; people leave before line ${firstCodeBy} without it. ` +
        `Instead: one sentence of promise, then code.`,
    }
  }
}
