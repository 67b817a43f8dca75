import ts from 'typescript'
import { doorsOf, packagesOf, rooms } from '../floors.ts'
import { lineOf } from '../imports.ts'
import type { House, Rule, Source, Violation } from '../types.ts'

export const doors: Rule = {
  name: 'doors',
  promise: 'every entry of `exports` opens with a module doc comment; every name is exported by name; errors are the only exported classes',
  *check(house) {
    for (const manifest of packagesOf(house)) {
      for (const [subpath, path] of doorsOf(manifest)) {
        const source = house.source(path)
        if (source === undefined) continue
        if (!hasModuleComment(source)) yield undocumented(source, subpath)
        yield* classes(source, house)
      }
    }
    for (const { source } of rooms(house)) yield* unnamed(source)
  },
}

function undocumented(source: Source, subpath: string): Violation {
  return {
    file: source.path,
    line: 1,
    rule: 'doors',
    message: `the door '${subpath}' has no module doc comment, and it is the first thing that a reader of the API sees. ` +
      'Instead: open the file with /** what this module is for, and when to take it */, above the imports.',
  }
}

/** A comment that opens the file and belongs to it: what follows is an import or a list of exports, or a declaration with a comment of its own. */
function hasModuleComment(source: Source): boolean {
  if (!source.text.startsWith('/**')) return false
  const first = source.tree.statements[0]
  if (first === undefined || ts.isImportDeclaration(first) || ts.isExportDeclaration(first)) return true
  return (ts.getLeadingCommentRanges(source.text, 0) ?? []).filter(({ pos }) => source.text.startsWith('/**', pos)).length > 1
}

function* unnamed(source: Source): Iterable<Violation> {
  for (const statement of source.tree.statements) {
    const at = { file: source.path, line: lineOf(source.tree, statement), rule: 'doors' }
    if (ts.isExportDeclaration(statement)) {
      if (statement.exportClause === undefined || ts.isNamespaceExport(statement.exportClause)) {
        yield {
          ...at,
          message: '`export *` lets the surface grow without anybody deciding it. ' +
            'Instead: list the names, so that every new one shows in a review.',
        }
      } else if (statement.exportClause.elements.some((element) => element.name.text === 'default')) yield { ...at, message: byDefault }
    } else if (ts.isExportAssignment(statement) || hasModifier(statement, ts.SyntaxKind.DefaultKeyword)) {
      yield { ...at, message: byDefault }
    }
  }
}

const byDefault = 'a default export has a different name in every file that imports it. Instead: export it by its own name.'

function hasModifier(node: ts.Statement, kind: ts.SyntaxKind): boolean {
  return ts.canHaveModifiers(node) && (ts.getModifiers(node) ?? []).some((modifier) => modifier.kind === kind)
}

/** Classes that leave through a door. Inside the package a class may pass from file to file. */
function* classes(door: Source, house: House): Iterable<Violation> {
  for (const statement of door.tree.statements) {
    for (const { name, origin } of exportedFrom(statement, door, house)) {
      const declaration = declaredClass(origin, name)
      if (declaration === undefined || isError(declaration, origin)) continue
      yield {
        file: door.path,
        line: lineOf(door.tree, statement),
        rule: 'doors',
        message: `class ${name} leaves through this door; users would extend it and test it with instanceof, and every private field becomes a promise. ` +
          'Instead: export an interface and a create… function; errors are the only exported classes.',
      }
    }
  }
}

interface Exported {
  /** The name in the file that declares it. */
  readonly name: string
  readonly origin: Source
}

/** What one statement of a door exports as a value, with the file that the name comes from (one step away is enough: doors name the room). */
function exportedFrom(statement: ts.Statement, door: Source, house: House): readonly Exported[] {
  if (ts.isClassDeclaration(statement) && hasModifier(statement, ts.SyntaxKind.ExportKeyword)) return [{ name: statement.name?.text ?? '', origin: door }]
  if (!ts.isExportDeclaration(statement) || statement.isTypeOnly || statement.exportClause === undefined || !ts.isNamedExports(statement.exportClause)) return []
  const specifier = statement.moduleSpecifier
  const target = door.imports.find((entry) => specifier !== undefined && ts.isStringLiteralLike(specifier) && entry.specifier === specifier.text)?.target
  return statement.exportClause.elements.filter((element) => !element.isTypeOnly).flatMap((element) => {
    const name = (element.propertyName ?? element.name).text
    const from = specifier === undefined ? importedFrom(door, name) ?? door.path : target
    const origin = from === undefined ? undefined : house.source(from)
    return origin === undefined ? [] : [{ name, origin }]
  })
}

function importedFrom(door: Source, name: string): string | undefined {
  return door.imports.find((entry) => entry.names.includes(name))?.target
}

function declaredClass(origin: Source, name: string): ts.ClassDeclaration | undefined {
  return origin.tree.statements.find((statement): statement is ts.ClassDeclaration => ts.isClassDeclaration(statement) && statement.name?.text === name)
}

function isError(node: ts.ClassDeclaration, origin: Source): boolean {
  return (node.heritageClauses ?? []).some((clause) => clause.token === ts.SyntaxKind.ExtendsKeyword && clause.types.some(({ expression }) => {
    const base = expression.getText(origin.tree)
    const declared = declaredClass(origin, base)
    return base.endsWith('Error') || (declared !== undefined && isError(declared, origin))
  }))
}
