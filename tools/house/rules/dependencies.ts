import { builtinModules } from 'node:module'
import { packagesOf, placeOf } from '../floors.ts'
import { packageOf } from '../imports.ts'
import type { House, Manifest, Rule, Source, Violation } from '../types.ts'

/** What users install is what the sources import: no forgotten peer breaks them, no leftover weighs on them. */
export const dependencies: Rule = {
  name: 'dependencies',
  promise: 'what a package declares is what it imports: dependencies, optional peers, and devDependencies for its tests',
  *check(house) {
    const root = house.manifests.find((manifest) => manifest.folder === '')
    const shared = new Set([...Object.keys(root?.json.devDependencies ?? {}), ...Object.keys(root?.json.dependencies ?? {})])
    for (const manifest of packagesOf(house)) {
      yield* undeclared(manifest, house, shared)
      yield* unused(manifest, house)
      yield* required(manifest)
    }
  },
}

function* undeclared(manifest: Manifest, house: House, shared: ReadonlySet<string>): Iterable<Violation> {
  const { name: self, dependencies: own = {}, peerDependencies: peers = {}, devDependencies: dev = {} } = manifest.json
  for (const source of sourcesOf(manifest, house)) {
    const published = placeOf(source.path) !== undefined
    for (const entry of source.imports) {
      const name = packageOf(entry.specifier)
      if (name === undefined || name === self || name in own || name in peers || builtinModules.includes(entry.specifier)) continue
      const at = { file: source.path, line: entry.line, rule: 'dependencies' }
      if (published) {
        yield {
          ...at,
          message: `imports '${name}', which ${name in dev ? 'is a devDependency only' : 'nothing declares'}` +
            `${entry.typeOnly ? ' (its types reach the published declarations)' : ''}; it works here and breaks for whoever installs the package. ` +
            'Instead: an optional peer for a client that users bring, a dependency for a small helper.',
        }
      } else if (!(name in dev) && !shared.has(name)) {
        yield { ...at, message: `a test imports '${name}', which nothing declares. Instead: add it to devDependencies.` }
      }
    }
  }
}

function* unused(manifest: Manifest, house: House): Iterable<Violation> {
  const imported = new Set<string>()
  for (const source of sourcesOf(manifest, house)) {
    if (placeOf(source.path) === undefined) continue
    for (const entry of source.imports) imported.add(packageOf(entry.specifier) ?? '')
  }
  for (const kind of ['dependencies', 'peerDependencies', 'optionalDependencies'] as const) {
    for (const name of Object.keys(manifest.json[kind] ?? {})) {
      if (imported.has(name)) continue
      yield {
        file: manifest.path,
        line: lineNaming(manifest, name, house),
        rule: 'dependencies',
        message: `\`${kind}\` names '${name}', and nothing under src/ imports it: everybody would install it for nothing. ` +
          `Instead: take it out, or move it to devDependencies.`,
      }
    }
  }
}

function* required({ path, json }: Manifest): Iterable<Violation> {
  for (const name of Object.keys(json.peerDependencies ?? {})) {
    if (json.peerDependenciesMeta?.[name]?.optional === true) continue
    yield {
      file: path,
      line: 1,
      rule: 'dependencies',
      message: `the peer '${name}' is not marked optional, so package managers install it for everybody. ` +
        `Instead: "peerDependenciesMeta": { "${name}": { "optional": true } }.`,
    }
  }
  for (const name of Object.keys(json.peerDependenciesMeta ?? {})) {
    if (json.peerDependencies?.[name] !== undefined) continue
    yield {
      file: path, line: 1, rule: 'dependencies',
      message: `peerDependenciesMeta speaks of '${name}', which is no peer. ` +
        `Instead: take it out, or declare the peer with its range.`,
    }
  }
}

function sourcesOf(manifest: Manifest, house: House): readonly Source[] {
  return house.sources.filter(({ path }) => path.startsWith(`${manifest.folder}/src/`) || path.startsWith(`${manifest.folder}/test/`))
}

function lineNaming(manifest: Manifest, name: string, house: House): number {
  const lines = house.document(manifest.path)?.text.split('\n') ?? []
  return Math.max(1, lines.findIndex((line) => line.includes(`"${name}"`)) + 1)
}
