import ts from 'typescript'
import type { House } from './types.ts'

/**
 * Every node that has something to say at run time: types are stepped over, and so are names that only label a member,
 * so that an identifier met here is a reference to a value.
 */
export function* walkValues(node: ts.Node): Iterable<ts.Node> {
  yield node
  for (const child of childrenOf(node)) {
    if (ts.isTypeNode(child) && !ts.isExpressionWithTypeArguments(child)) continue
    if (ts.isInterfaceDeclaration(child) || ts.isTypeAliasDeclaration(child)) continue
    if (ts.isIdentifier(child) && isLabel(child, node)) continue
    yield* walkValues(child)
  }
}

function childrenOf(node: ts.Node): readonly ts.Node[] {
  const children: ts.Node[] = []
  ts.forEachChild(node, (child) => void children.push(child))
  return children
}

/** `x` in `o.x`, `{ x: 1 }`, `import { x }`, a declaration's own name: not a reference to a value called `x`. */
function isLabel(identifier: ts.Identifier, parent: ts.Node): boolean {
  if (ts.isPropertyAccessExpression(parent)) return parent.name === identifier
  if (ts.isShorthandPropertyAssignment(parent)) return false
  if (ts.isExportSpecifier(parent)) return (parent.propertyName ?? parent.name) !== identifier
  if (ts.isBindingElement(parent)) return parent.initializer !== identifier
  if (ts.isImportSpecifier(parent) || ts.isImportClause(parent) || ts.isNamespaceImport(parent)) return true
  return 'name' in parent && parent.name === identifier
}

export interface Member {
  readonly object: string
  readonly name: string
}

/** `Date.now`, `Date['now']`, `globalThis.Date.now` and `globalThis.setTimeout` where the object is the runtime's own. */
export function memberOf(node: ts.Node, house: House): Member | undefined {
  if (!ts.isPropertyAccessExpression(node) && !ts.isElementAccessExpression(node)) return undefined
  const name = ts.isPropertyAccessExpression(node)
    ? node.name.text
    : ts.isStringLiteralLike(node.argumentExpression) ? node.argumentExpression.text : undefined
  const object = globalName(node.expression, house)
  return name === undefined || object === undefined ? undefined : { object, name }
}

/** Names taken out of a global by destructuring: `const { now } = Date`. */
export function namesBound(node: ts.VariableDeclaration, house: House): readonly Member[] {
  if (!ts.isObjectBindingPattern(node.name) || node.initializer === undefined) return []
  const object = globalName(node.initializer, house)
  if (object === undefined) return []
  return node.name.elements.flatMap((element) => {
    const name = element.propertyName ?? element.name
    return ts.isIdentifier(name) ? [{ object, name: name.text }] : []
  })
}

/** Name of the global that an expression denotes: `Date`, `globalThis.Date`, `window` (told as `globalThis`). */
export function globalName(expression: ts.Expression, house: House): string | undefined {
  if (ts.isParenthesizedExpression(expression) || ts.isNonNullExpression(expression) || ts.isAsExpression(expression)) {
    return globalName(expression.expression, house)
  }
  if (ts.isIdentifier(expression)) {
    if (!house.isGlobal(expression)) return undefined
    return ['window', 'self', 'global'].includes(expression.text) ? 'globalThis' : expression.text
  }
  const member = memberOf(expression, house)
  return member?.object === 'globalThis' ? member.name : undefined
}
