import { posix } from 'node:path'
import ts from 'typescript'
import { importsOf } from './imports.ts'
import type { House, Manifest, PackageJson, Source } from './types.ts'

/** A house over plain texts: what is on the disk, or what a test plants. */
export function createHouse(texts: ReadonlyMap<string, string>, others: Iterable<string> = []): House {
  const paths = [...texts.keys()].filter((path) => /\.tsx?$/.test(path) && !path.endsWith('.d.ts'))
  const program = ts.createProgram(paths, {
    noLib: true,
    noResolve: true,
    types: [],
    allowImportingTsExtensions: true,
    noEmit: true,
    jsx: ts.JsxEmit.Preserve,
    module: ts.ModuleKind.ESNext,
    moduleDetection: ts.ModuleDetectionKind.Force,
    target: ts.ScriptTarget.ESNext,
  }, hostOf(texts))
  const checker = program.getTypeChecker()

  const sources = new Map<string, Source>()
  for (const path of paths) {
    const tree = program.getSourceFile(path)
    if (tree !== undefined) sources.set(path, { path, text: tree.text, tree, imports: importsOf(path, tree) })
  }
  const documents = [...texts].map(([path, text]) => ({ path, text }))
  const known = placesOf([...texts.keys(), ...others])

  return {
    sources: [...sources.values()],
    documents,
    manifests: [...texts].filter(([path]) => posix.basename(path) === 'package.json').map(([path, text]) => manifestOf(path, text)),
    exists: (path) => known.has(posix.normalize(path).replace(/\/$/, '')),
    source: (path) => sources.get(path),
    document: (path) => texts.has(path) ? { path, text: texts.get(path) ?? '' } : undefined,
    // No library is loaded into the program, so a name that no scope declares is one of the runtime's.
    isGlobal(identifier) {
      const inScope = checker.getSymbolsInScope(identifier, ts.SymbolFlags.Value | ts.SymbolFlags.Alias)
      return !inScope.some((symbol) => symbol.name === identifier.text && (symbol.declarations?.length ?? 0) > 0)
    },
  }
}

function hostOf(texts: ReadonlyMap<string, string>): ts.CompilerHost {
  return {
    getSourceFile(path, options) {
      const text = texts.get(path)
      return text === undefined ? undefined : ts.createSourceFile(path, text, options, true)
    },
    getDefaultLibFileName: () => 'lib.d.ts',
    writeFile: () => undefined,
    getCurrentDirectory: () => '',
    getCanonicalFileName: (path) => path,
    useCaseSensitiveFileNames: () => true,
    getNewLine: () => '\n',
    fileExists: (path) => texts.has(path),
    readFile: (path) => texts.get(path),
  }
}

function manifestOf(path: string, text: string): Manifest {
  const folder = posix.dirname(path)
  return { path, folder: folder === '.' ? '' : folder, json: JSON.parse(text) as PackageJson }
}

/** Every file and every folder above it. */
function placesOf(paths: readonly string[]): ReadonlySet<string> {
  const places = new Set<string>(['.', ''])
  for (const path of paths) {
    for (let place = path; place !== '.' && !places.has(place); place = posix.dirname(place)) places.add(place)
  }
  return places
}
