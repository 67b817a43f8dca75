import { posix } from 'node:path'
import ts from 'typescript'
import type { Import } from './types.ts'

/** Line of a node, counted from 1. */
export function lineOf(tree: ts.SourceFile, node: ts.Node): number {
  return tree.getLineAndCharacterOfPosition(node.getStart(tree)).line + 1
}

/** Every way in which a file names another module: static, dynamic, re-export and type import. */
export function importsOf(path: string, tree: ts.SourceFile): readonly Import[] {
  const found: Import[] = []
  const add = (node: ts.Node, specifier: ts.Node | undefined, typeOnly: boolean, clause?: ts.ImportClause): void => {
    if (specifier === undefined || !ts.isStringLiteralLike(specifier)) return
    const relative = specifier.text.startsWith('.')
    const target = relative ? posix.normalize(posix.join(posix.dirname(path), specifier.text)) : undefined
    found.push({ specifier: specifier.text, line: lineOf(tree, node), typeOnly, names: namesOf(clause), whole: wholeOf(clause), target })
  }
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node)) {
      add(node, node.moduleSpecifier, isTypeOnly(node.importClause), node.importClause)
    } else if (ts.isExportDeclaration(node)) {
      add(node, node.moduleSpecifier, node.isTypeOnly)
    } else if (ts.isImportTypeNode(node)) {
      add(node, ts.isLiteralTypeNode(node.argument) ? node.argument.literal : undefined, true)
    } else if (ts.isCallExpression(node) && isLoad(node)) {
      add(node, node.arguments[0], false)
    }
    ts.forEachChild(node, visit)
  }
  visit(tree)
  return found
}

function isLoad(call: ts.CallExpression): boolean {
  return call.expression.kind === ts.SyntaxKind.ImportKeyword || (ts.isIdentifier(call.expression) && call.expression.text === 'require')
}

function isTypeOnly(clause: ts.ImportClause | undefined): boolean {
  if (clause === undefined) return false
  if (clause.phaseModifier === ts.SyntaxKind.TypeKeyword) return true
  const bindings = clause.namedBindings
  return clause.name === undefined && bindings !== undefined && ts.isNamedImports(bindings) &&
    bindings.elements.length > 0 && bindings.elements.every((element) => element.isTypeOnly)
}

function namesOf(clause: ts.ImportClause | undefined): readonly string[] {
  const bindings = clause?.namedBindings
  if (bindings === undefined || !ts.isNamedImports(bindings)) return []
  return bindings.elements.map((element) => (element.propertyName ?? element.name).text)
}

function wholeOf(clause: ts.ImportClause | undefined): string | undefined {
  const bindings = clause?.namedBindings
  return bindings !== undefined && ts.isNamespaceImport(bindings) ? bindings.name.text : clause?.name?.text
}

/** The package of a bare specifier: `@a/b/c` → `@a/b`, `pg/lib` → `pg`; nothing for a relative or `node:` one. */
export function packageOf(specifier: string): string | undefined {
  if (specifier.startsWith('.') || specifier.startsWith('/') || specifier.startsWith('node:') || specifier.startsWith('#')) return undefined
  const parts = specifier.split('/')
  return specifier.startsWith('@') ? parts.slice(0, 2).join('/') : parts[0]
}
