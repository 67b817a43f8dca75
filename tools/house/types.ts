import type ts from 'typescript'

/** One import or re-export, as it stands in a file. */
export interface Import {
  readonly specifier: string
  readonly line: number
  /** True for `import type`, `export type … from` and `import('…')` types: gone at run time, but still in the published declarations. */
  readonly typeOnly: boolean
  /** Names taken from the module, empty for a namespace, a side effect or a dynamic import. */
  readonly names: readonly string[]
  /** What the file calls the whole module: `import * as whole`, `import whole`. */
  readonly whole?: string | undefined
  /** Path in the repository for a relative specifier, whether or not a file is there. */
  readonly target?: string | undefined
}

/** One TypeScript file. */
export interface Source {
  /** From the root of the repository, with forward slashes. */
  readonly path: string
  readonly text: string
  readonly tree: ts.SourceFile
  readonly imports: readonly Import[]
}

/** One tracked text file of any kind. */
export interface Document {
  readonly path: string
  readonly text: string
}

export interface ExportTarget {
  readonly source?: string
  readonly types?: string
  readonly default?: string
}

export interface PackageJson {
  readonly name?: string
  readonly private?: boolean
  readonly license?: string
  readonly type?: string
  readonly sideEffects?: unknown
  readonly engines?: Readonly<Record<string, string>>
  readonly files?: readonly string[]
  readonly scripts?: Readonly<Record<string, string>>
  readonly exports?: Readonly<Record<string, ExportTarget | string>>
  readonly publishConfig?: { readonly exports?: Readonly<Record<string, ExportTarget | string>> }
  readonly dependencies?: Readonly<Record<string, string>>
  readonly devDependencies?: Readonly<Record<string, string>>
  readonly optionalDependencies?: Readonly<Record<string, string>>
  readonly peerDependencies?: Readonly<Record<string, string>>
  readonly peerDependenciesMeta?: Readonly<Record<string, { readonly optional?: boolean }>>
}

/** One package.json and the folder it stands in (`''` for the root). */
export interface Manifest {
  readonly path: string
  readonly folder: string
  readonly json: PackageJson
}

/** Everything a rule may look at. Rules are pure: they read a house and give violations. */
export interface House {
  readonly sources: readonly Source[]
  readonly documents: readonly Document[]
  readonly manifests: readonly Manifest[]
  /** A file or a folder of this path is in the repository. */
  exists(path: string): boolean
  source(path: string): Source | undefined
  document(path: string): Document | undefined
  /** The identifier means a global of the runtime, not something that the file declares or imports. */
  isGlobal(identifier: ts.Identifier): boolean
}

export interface Violation {
  readonly file: string
  readonly line: number
  readonly rule: string
  /** What was found, why it matters, what to do instead. */
  readonly message: string
}

export interface Rule {
  readonly name: string
  /** One line for the list that `node tools/house/main.ts --list` prints. */
  readonly promise: string
  check(house: House): Iterable<Violation>
}
