import ts from 'typescript'

export interface Comment {
  readonly text: string
  readonly line: number
  readonly endLine: number
}

/** The comments of a file, found between its tokens: what looks like a comment inside a string or a template is none. */
export function commentsOf(tree: ts.SourceFile): readonly Comment[] {
  const found = new Map<number, Comment>()
  const collect = (ranges: readonly ts.CommentRange[] | undefined): void => {
    for (const { pos, end } of ranges ?? []) {
      const line = tree.getLineAndCharacterOfPosition(pos).line + 1
      found.set(pos, { text: tree.text.slice(pos, end), line, endLine: tree.getLineAndCharacterOfPosition(end).line + 1 })
    }
  }
  const visit = (node: ts.Node): void => {
    const children = node.getChildren(tree)
    if (children.length === 0 && node.kind !== ts.SyntaxKind.JsxText) {
      collect(ts.getLeadingCommentRanges(tree.text, node.getFullStart()))
      collect(ts.getTrailingCommentRanges(tree.text, node.getEnd()))
    }
    for (const child of children) if (!ts.isJSDoc(child)) visit(child)
  }
  visit(tree)
  return [...found.values()]
}
