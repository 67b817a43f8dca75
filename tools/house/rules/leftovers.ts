import ts from 'typescript'
import { lineOf } from '../imports.ts'
import { commentsOf } from '../comments.ts'
import type { Rule, Source, Violation } from '../types.ts'

const marks = /\b(?:TODO|FIXME|XXX|HACK)\b/
const blinders = /@ts-(?:ignore|nocheck)\b/
const runners = new Set(['it', 'test', 'describe', 'suite', 'bench'])

/** What was meant for one afternoon and stayed. */
export const leftovers: Rule = {
  name: 'leftovers',
  promise: 'no TODO, no focused test, no skipped test without a reason beside it, no `any` cast, no @ts-ignore',
  *check(house) {
    for (const source of house.sources) {
      yield* marked(source)
      yield* cast(source)
      yield* muted(source)
    }
    for (const { path, text } of house.documents) {
      if (!path.endsWith('.md')) continue
      for (const [index, line] of text.split('\n').entries()) {
        if (marks.test(line.replaceAll(/`[^`]*`/g, ''))) yield unfinished(path, index + 1, marks.exec(line)?.[0] ?? '')
      }
    }
  },
}

function* marked(source: Source): Iterable<Violation> {
  for (const comment of commentsOf(source.tree)) {
    const mark = marks.exec(comment.text)?.[0]
    if (mark !== undefined) yield unfinished(source.path, comment.line, mark)
    const blinder = blinders.exec(comment.text)?.[0]
    if (blinder !== undefined) {
      yield {
        file: source.path, line: comment.line, rule: 'leftovers',
        message: `${blinder} also hides the next mistake on that line. ` +
          `Instead: fix the type; in a test that proves a refusal, @ts-expect-error with the reason.`,
      }
    }
  }
}

function unfinished(file: string, line: number, mark: string): Violation {
  return {
    file, line, rule: 'leftovers',
    message: `${mark}: a note to oneself that ships. ` +
      `Instead: do it now, or write down as a non-goal what is not done and why.`,
  }
}

function* cast(source: Source): Iterable<Violation> {
  const found: Violation[] = []
  const visit = (node: ts.Node): void => {
    if (ts.isAsExpression(node) && node.type.kind === ts.SyntaxKind.AnyKeyword) {
      found.push({
        file: source.path, line: lineOf(source.tree, node), rule: 'leftovers',
        message: '`as any` switches the compiler off for everything that follows. ' +
          'Instead: `unknown` and a check, or the type that it really is.',
      })
    }
    ts.forEachChild(node, visit)
  }
  visit(source.tree)
  yield* found
}

function* muted(source: Source): Iterable<Violation> {
  if (!/\.test(?:-d)?\.tsx?$/.test(source.path)) return
  const comments = commentsOf(source.tree)
  const found: Violation[] = []
  const visit = (node: ts.Node): void => {
    if (ts.isPropertyAccessExpression(node) && runners.has(rootOf(node))) {
      const line = lineOf(source.tree, node)
      const at = { file: source.path, line, rule: 'leftovers' }
      const explained = comments.some((comment) => comment.line === line || comment.endLine === line - 1)
      if (node.name.text === 'only') found.push({
        ...at,
        message: '`.only` turns every other test of the file off. ' +
          'Instead: run one test with `vitest run -t \'its name\'`.',
      })
      else if (['skip', 'todo', 'fails'].includes(node.name.text) && !explained) {
        found.push({
          ...at,
          message: `\`.${node.name.text}\` without a reason beside it: nobody will know when it may run again. ` +
            `Instead: mend the test, take it out, or say why in a comment on the line above.`,
        })
      }
    }
    ts.forEachChild(node, visit)
  }
  visit(source.tree)
  yield* found
}

function rootOf(node: ts.Expression): string {
  if (ts.isPropertyAccessExpression(node) || ts.isCallExpression(node)) return rootOf(node.expression)
  return ts.isIdentifier(node) ? node.text : ''
}
