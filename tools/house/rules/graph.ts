import { doorsOf, packagesOf, placeOf } from '../floors.ts'
import { packageOf } from '../imports.ts'
import type { House, Manifest, Rule, Source, Violation } from '../types.ts'

/** Which package may import which: one arrow, and every other package stands alone. */
const arrows: Readonly<Record<string, readonly string[]>> = { '@distrokit/crdt': ['@distrokit/hlc'] }

const why = 'Each package is installed alone, and a dependency only for a helper makes two releases out of every fix.'

export const graph: Rule = {
  name: 'graph',
  promise: 'packages stand alone (only crdt → hlc), nobody imports an example, and a package is entered by its public names',
  *check(house) {
    const packages = new Map(packagesOf(house).map((manifest) => [manifest.json.name ?? '', manifest]))
    for (const manifest of packages.values()) yield* manifestEdges(manifest)
    for (const source of house.sources) {
      yield* bareEdges(source, house, packages)
      yield* relativeEdges(source, house)
    }
  },
}

function* manifestEdges(manifest: Manifest): Iterable<Violation> {
  const name = manifest.json.name ?? ''
  for (const list of [manifest.json.dependencies, manifest.json.peerDependencies, manifest.json.optionalDependencies]) {
    for (const dependency of Object.keys(list ?? {})) {
      if (!dependency.startsWith('@distrokit/') || arrows[name]?.includes(dependency) === true) continue
      yield {
        file: manifest.path,
        line: 1,
        rule: 'graph',
        message: `${name} depends on ${dependency}; the only arrow between packages is crdt → hlc. ${why} ` +
          `Instead: take what is needed as a structural option.`,
      }
    }
  }
}

function* bareEdges(source: Source, house: House, packages: ReadonlyMap<string, Manifest>): Iterable<Violation> {
  const place = placeOf(source.path)
  const owner = ownerOf(source.path, house)?.json.name ?? ''
  for (const entry of source.imports) {
    const name = packageOf(entry.specifier)
    if (name === undefined) continue
    const at = { file: source.path, line: entry.line, rule: 'graph' }
    if (name === 'distrolearn') {
      yield {
        ...at,
        message: 'imports the example. DistroLearn lives in the packages, they never live in it. ' +
          'Instead: move the code into the package that owns the idea.',
      }
    }
    const target = packages.get(name)
    if (target === undefined) continue
    if (place !== undefined && name === owner) {
      yield {
        ...at,
        message: `${name} imports itself by its public name, which would load a second copy beside the sources. ` +
          `Instead: a relative import of the file that defines it.`,
      }
    } else if (place !== undefined && arrows[owner]?.includes(name) !== true) {
      yield {
        ...at,
        message: `${owner} imports ${name}; the only arrow between packages is crdt → hlc. ${why} ` +
          `Instead: take what is needed as a structural option.`,
      }
    }
    const subpath = `.${entry.specifier.slice(name.length)}`
    if (target.json.exports !== undefined && !(subpath in target.json.exports)) {
      yield {
        ...at,
        message: `'${entry.specifier}' is not a door of ${name} (${Object.keys(target.json.exports).join(', ')}); what is not exported may change any day. ` +
          `Instead: import a public name, or export this one.`,
      }
    }
  }
}

function* relativeEdges(source: Source, house: House): Iterable<Violation> {
  const owner = ownerOf(source.path, house)
  for (const entry of source.imports) {
    if (entry.target === undefined) continue
    const at = { file: source.path, line: entry.line, rule: 'graph' }
    const home = ownerOf(entry.target, house)
    if (home === owner || home === undefined) {
      if (placeOf(source.path) !== undefined && placeOf(entry.target) === undefined) {
        yield { ...at, message: `'${entry.specifier}' leads out of src/, and is not in the published package. Instead: move the file under src/.` }
      }
      continue
    }
    if (owner?.folder === '' && [...doorsOf(home).values()].includes(entry.target)) continue
    if (home.folder === '' && placeOf(source.path) === undefined) continue
    // The workspace's own tests prove the harness of bench/, which nobody installs.
    if (owner?.folder === '' && home.folder === 'bench') continue
    yield {
      ...at,
      message: `'${entry.specifier}' climbs into ${home.folder === '' ? 'the root of the repository' : home.folder} behind its front door. ` +
        `Instead: import '${home.json.name ?? home.folder}' by its public names.`,
    }
  }
}

/** The package that a file belongs to: the nearest package.json above it. */
function ownerOf(path: string, house: House): Manifest | undefined {
  let best: Manifest | undefined
  for (const manifest of house.manifests) {
    const inside = manifest.folder === '' || path.startsWith(`${manifest.folder}/`)
    if (inside && manifest.folder.length >= (best?.folder.length ?? 0)) best = manifest
  }
  return best
}
