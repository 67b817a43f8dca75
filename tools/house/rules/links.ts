import { posix } from 'node:path'
import { linesOf, slugOf } from '../prose.ts'
import type { Document, House, Rule, Violation } from '../types.ts'

const link = /\]\(<?([^)\s>]+)>?(?:\s+"[^"]*")?\)|^ {0,3}\[[^\]]+\]:\s+<?([^\s>]+)/g
const span = /`([^`]+)`/g
const place = /^(?:packages|examples|tools|bench|docs|src|test|core|ground|adapters|\.ci|\.changeset)\/[\w./@-]*$/
/** What a command makes, so that a clean clone lacks it. */
const built = /(?:^|\/)(?:dist|node_modules|test-artifacts|coverage)(?:\/|$)|^bench\/results(?:\/|$)/

/** What the prose points at is there: links and their anchors everywhere, paths in backticks in the pages that guide through the house. */
export const links: Rule = {
  name: 'links',
  promise: 'links and their anchors, and the paths that ARCHITECTURE.md, CONTRIBUTING.md and READMEs name, exist',
  *check(house) {
    for (const page of house.documents) {
      if (!page.path.endsWith('.md')) continue
      for (const line of linesOf(page.text)) {
        if (line.kind !== 'prose') continue
        for (const [, inline, defined] of line.text.replaceAll(/`[^`]*`/g, '').matchAll(link)) yield* broken(house, page, line.line, inline ?? defined ?? '')
        if (!guides(page.path)) continue
        for (const [, path = ''] of line.text.matchAll(span)) {
          if (!place.test(path) || built.test(path) || isThere(house, page.path, path)) continue
          yield {
            file: page.path,
            line: line.line,
            rule: 'links',
            message: `names \`${path}\`, and nothing of that path exists here or beside the page: a map that lies is worse than none. ` +
              `Instead: the path as it is today.`,
          }
        }
      }
    }
  },
}

function guides(path: string): boolean {
  return /(?:^|\/)(?:README|ARCHITECTURE|CONTRIBUTING)\.md$/.test(path)
}

/** A path may be told from the root, from the page's folder, or from the `src/` beside the page. */
function isThere(house: House, page: string, path: string): boolean {
  const folder = posix.dirname(page)
  return [path, posix.join(folder, path), posix.join(folder, 'src', path)].some((candidate) => house.exists(candidate))
}

function* broken(house: House, page: Document, line: number, target: string): Iterable<Violation> {
  if (/^[a-z][a-z+.-]*:/i.test(target)) return
  const [path = '', anchor] = target.split('#')
  const at = { file: page.path, line, rule: 'links' }
  const file = path === '' ? page.path : posix.normalize(posix.join(path.startsWith('/') ? '.' : posix.dirname(page.path), path))
  if (!house.exists(file)) {
    yield { ...at, message: `links to ${target}, and ${file} does not exist. Instead: the path as it is today, seen from this page's folder.` }
    return
  }
  const text = house.document(file)?.text
  if (anchor === undefined || text === undefined || !file.endsWith('.md')) return
  const anchors = linesOf(text).flatMap((entry) => (entry.kind === 'prose' && /^#{1,6}\s/.test(entry.text) ? [slugOf(entry.text)] : []))
  if (anchors.includes(anchor)) return
  yield {
    ...at,
    message: `links to #${anchor}, and ${file} has no such heading. ` +
      `Instead: one of ${anchors.slice(0, 6).map((name) => `#${name}`).join(', ')} …`,
  }
}
