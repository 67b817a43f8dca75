import ts from 'typescript'
import { packagesOf } from '../floors.ts'
import type { ExportTarget, House, Manifest, Rule, Violation } from '../types.ts'

/** `engines.node` of every package: the first line where `require()` loads ES modules unflagged. */
const engine = '>=22.12'
const publishedFiles = ['dist', 'src', 'README.md', 'CHANGELOG.md', 'LICENSE']
const installScripts = ['preinstall', 'install', 'postinstall', 'prepare']

export const manifests: Rule = {
  name: 'manifests',
  promise: '`exports`, `publishConfig.exports`, tsup.config.ts and the files on the disk tell the same story, types first',
  *check(house) {
    for (const manifest of packagesOf(house)) {
      for (const message of [...basics(manifest), ...maps(manifest), ...targets(manifest, house), ...entries(manifest, house)]) {
        yield { file: manifest.path, line: 1, rule: 'manifests', message } satisfies Violation
      }
    }
  },
}

function* basics({ json }: Manifest): Iterable<string> {
  if (json.type !== 'module') yield '`type` is not "module"; the packages are ESM only. Instead: "type": "module".'
  if (json.license !== 'MIT') yield '`license` is not "MIT". Instead: the licence of the repository.'
  if (json.sideEffects !== false) {
    yield '`sideEffects` is not false, so bundlers keep what nobody uses. Instead: "sideEffects": false, and no work at module load.'
  }
  const node = json.engines?.['node'] ?? 'missing'
  if (node !== engine) {
    yield `\`engines.node\` is ${node}; npm picks an old release in silence where engines do not fit. Instead: "${engine}", as everywhere.`
  }
  const missing = publishedFiles.filter((name) => json.files?.includes(name) !== true)
  if (missing.length > 0) {
    yield `\`files\` lacks ${missing.join(', ')}; source maps and "go to definition" need src, the registry's page needs the rest. Instead: add them.`
  }
  for (const script of installScripts) {
    if (json.scripts?.[script] === undefined) continue
    yield `has the script \`${script}\`; package managers refuse unapproved install scripts. Instead: do it in \`build\`.`
  }
}

function* maps({ json }: Manifest): Iterable<string> {
  const own = json.exports ?? {}
  const published = json.publishConfig?.exports ?? {}
  if (own['./package.json'] !== './package.json') {
    yield '`exports` hides ./package.json, which tools read. Instead: "./package.json": "./package.json".'
  }
  for (const subpath of new Set([...Object.keys(own), ...Object.keys(published)])) {
    const inner = withoutSource(own[subpath])
    const outer = published[subpath]
    if (inner === undefined) yield `'${subpath}' is in publishConfig.exports alone: tests never see it. Instead: give it a \`source\` in exports too.`
    else if (outer === undefined) yield `'${subpath}' is in exports alone: users will never get it. Instead: add it to publishConfig.exports, without \`source\`.`
    else {
      if (JSON.stringify(inner) !== JSON.stringify(outer)) {
        yield `'${subpath}' differs between exports and publishConfig.exports; the tests would prove another map than the one that ships. ` +
          'Instead: the same but for `source`.'
      }
      if (typeof outer === 'object') yield* conditions(subpath, outer)
    }
  }
}

function* conditions(subpath: string, target: ExportTarget): Iterable<string> {
  if ('source' in target) {
    yield `'${subpath}' publishes the \`source\` condition, and users' tools would compile our TypeScript. Instead: keep \`source\` in exports only.`
  }
  if (Object.keys(target)[0] !== 'types') {
    yield `'${subpath}': \`types\` is not first in publishConfig.exports; conditions match in order, so it may never be reached. ` +
      'Instead: types, then default.'
  }
}

function withoutSource(target: ExportTarget | string | undefined): ExportTarget | string | undefined {
  if (typeof target !== 'object') return target
  const { source: _, ...rest } = target
  return rest
}

function* targets({ folder, json }: Manifest, house: House): Iterable<string> {
  for (const [subpath, target] of Object.entries(json.exports ?? {})) {
    if (typeof target === 'string') continue
    if (target.source === undefined) yield `'${subpath}' has no \`source\`; tests and editors would read a stale build. ` +
      `Instead: "source": "./src/….ts" first.`
    else if (!house.exists(`${folder}/${target.source}`)) yield `'${subpath}' names ${target.source}, and there is no such file. ` +
      `Instead: write it or take the subpath out.`
  }
}

/** tsup's entries, read off the syntax tree, against the paths under dist/ that the map promises. */
function* entries(manifest: Manifest, house: House): Iterable<string> {
  const path = `${manifest.folder}/tsup.config.ts`
  const built = builtEntries(house, path)
  if (built === undefined) {
    yield `${path} is missing or does not call build({ name: 'src/….ts' }), so what dist/ will hold cannot be told. ` +
      `Instead: one literal object of entries.`
    return
  }
  const promised = new Map<string, string>()
  for (const [subpath, target] of Object.entries(manifest.json.exports ?? {})) {
    if (typeof target === 'string') continue
    const name = /^\.\/dist\/(.+)\.js$/.exec(target.default ?? '')?.[1]
    if (name === undefined) yield `'${subpath}' has the default ${target.default ?? 'nothing'}. Instead: "./dist/NAME.js", built by tsup.`
    else if (target.types !== `./dist/${name}.d.ts`) yield `'${subpath}' takes types from ${target.types ?? 'nowhere'} and code from ./dist/${name}.js. ` +
      `Instead: "types": "./dist/${name}.d.ts".`
    if (name !== undefined) promised.set(name, target.source?.replace('./', '') ?? '')
  }
  for (const name of new Set([...built.keys(), ...promised.keys()])) {
    if (built.get(name) === promised.get(name)) continue
    yield `dist/${name}.js is promised from ${promised.get(name) ?? 'nothing'} by exports and built from ${built.get(name) ?? 'nothing'} by tsup.config.ts. ` +
      `Instead: keep the two lists in step.`
  }
}

function builtEntries(house: House, path: string): ReadonlyMap<string, string> | undefined {
  const tree = house.source(path)?.tree
  const call = tree?.statements.find(ts.isExportAssignment)?.expression
  const literal = call !== undefined && ts.isCallExpression(call) ? call.arguments[0] : undefined
  if (literal === undefined || !ts.isObjectLiteralExpression(literal)) return undefined
  const found = new Map<string, string>()
  for (const property of literal.properties) {
    if (!ts.isPropertyAssignment(property) || !ts.isStringLiteralLike(property.initializer)) return undefined
    const { name } = property
    if (ts.isIdentifier(name) || ts.isStringLiteralLike(name)) found.set(name.text, property.initializer.text)
  }
  return found
}
