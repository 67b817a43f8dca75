import { describe, expect, it } from 'vitest'
import { dependencies } from '../../house/rules/dependencies.ts'
import { doors } from '../../house/rules/doors.ts'
import { manifests } from '../../house/rules/manifests.ts'
import { manifest, told } from './plant.ts'

describe('doors', () => {
  const doc = '/** What this is for. */\n'
  const index = 'packages/a/src/index.ts'
  const at = (text: string, extra: Record<string, string> = {}): readonly string[] => told(doors, { 'packages/a/package.json': manifest('a'), [index]: text, ...extra })

  it.each([
    ['a door without a module comment', "export { a } from './a.ts'", /the door '\.' has no module doc comment.*above the imports/],
    ['a comment that belongs to the first declaration', '/** The answer. */\nexport const a: number = 42', /no module doc comment/],
    ['export *', `${doc}export * from './a.ts'`, /`export \*` lets the surface grow.*list the names/],
    ['export * as', `${doc}export * as all from './a.ts'`, /`export \*`/],
    ['a default export', `${doc}import './a.ts'\nexport default 1`, /a default export has a different name in every file/],
    ['a default function', `${doc}import './a.ts'\nexport default function a() {}`, /a default export/],
    ['a name exported as default', `${doc}export { a as default } from './a.ts'`, /a default export/],
    ['a class behind the door', `${doc}export { Limiter } from './a.ts'`, /class Limiter leaves through this door.*create… function/],
    ['a class imported and exported', `${doc}import { Limiter } from './a.ts'\nexport { Limiter }`, /class Limiter/],
  ])('refuses %s', (_, text, message) => {
    expect(at(text, { 'packages/a/src/a.ts': 'export class Limiter {}' })).toEqual([expect.stringMatching(message)])
  })

  it('lets a list of names pass, errors and types of classes among them', () => {
    expect(at(`${doc}export { a, DriftError, FarError } from './a.ts'\nexport type { Ring } from './a.ts'`, {
      'packages/a/src/a.ts': 'export const a = 1\nexport class DriftError extends Error {}\nexport class FarError extends DriftError {}\nexport class Ring {}',
    })).toEqual([])
  })

  it('lets a door declare what it exports when both comments are there', () => {
    expect(at(`${doc}\n/** The answer. */\nexport const a: number = 42`)).toEqual([])
  })

  it('refuses a default export anywhere in src/', () => {
    expect(at(`${doc}export { a } from './a.ts'`, { 'packages/a/src/core/b.ts': 'export default 1' })).toEqual([expect.stringContaining('core/b.ts:1')])
  })
})

describe('manifests', () => {
  const tree = (json: object, config = "import { build } from '../../tsup.base.ts'\nexport default build({ index: 'src/index.ts' })"): readonly string[] =>
    told(manifests, { 'packages/a/package.json': json, 'packages/a/tsup.config.ts': config, 'packages/a/src/index.ts': '', 'packages/a/src/adapters/otel.ts': '' })
  const root = { source: './src/index.ts', types: './dist/index.d.ts', default: './dist/index.js' }
  const outer = { types: './dist/index.d.ts', default: './dist/index.js' }
  const self = { './package.json': './package.json' }

  it('lets a manifest in order pass', () => {
    expect(tree(manifest('a'))).toEqual([])
  })

  it.each([
    ['a subpath that users never get', { exports: { '.': root, './otel': { source: './src/adapters/otel.ts', types: './dist/otel.d.ts', default: './dist/otel.js' }, ...self } }, /'\.\/otel' is in exports alone/],
    ['a subpath that tests never see', { publishConfig: { exports: { '.': outer, './otel': outer, ...self } } }, /'\.\/otel' is in publishConfig\.exports alone/],
    ['two maps that differ', { publishConfig: { exports: { '.': { ...outer, default: './dist/main.js' }, ...self } } }, /differs between exports and publishConfig\.exports/],
    ['types that are not first', { exports: { '.': { source: './src/index.ts', default: './dist/index.js', types: './dist/index.d.ts' }, ...self }, publishConfig: { exports: { '.': { default: './dist/index.js', types: './dist/index.d.ts' }, ...self } } }, /`types` is not first/],
    ['a published source condition', { publishConfig: { exports: { '.': root, ...self } } }, /publishes the `source` condition/],
    ['a source that is not there', { exports: { '.': { ...root, source: './src/main.ts' }, ...self } }, /names \.\/src\/main\.ts, and there is no such file/],
    ['a hidden package.json', { exports: { '.': root }, publishConfig: { exports: { '.': outer } } }, /hides \.\/package\.json/],
    ['an install script', { scripts: { postinstall: 'node x.js' } }, /has the script `postinstall`/],
    ['side effects', { sideEffects: undefined }, /`sideEffects` is not false/],
    ['another engine', { engines: { node: '>=20' } }, /`engines\.node` is >=20/],
    ['missing files', { files: ['dist'] }, /`files` lacks src, README\.md/],
  ])('refuses %s', (_, extra, message) => {
    expect(tree(manifest('a', extra as object))).toContainEqual(expect.stringMatching(message))
  })

  it('refuses entries of tsup that exports do not know, and the other way round', () => {
    expect(tree(manifest('a'), "export default build({ index: 'src/index.ts', otel: 'src/adapters/otel.ts' })")).toEqual([
      expect.stringMatching(/dist\/otel\.js is promised from nothing by exports and built from src\/adapters\/otel\.ts/),
    ])
    expect(tree(manifest('a'), "export default build({ index: 'src/adapters/otel.ts' })")).toEqual([
      expect.stringMatching(/promised from src\/index\.ts by exports and built from src\/adapters\/otel\.ts.*keep the two lists in step/),
    ])
    expect(tree(manifest('a'), 'export default build(entries)')).toEqual([expect.stringMatching(/cannot be told/)])
  })
})

describe('dependencies', () => {
  const root = { 'package.json': { name: 'root', devDependencies: { vitest: '1' } } }
  const tree = (json: object, files: Record<string, string>): readonly string[] => told(dependencies, { ...root, 'packages/a/package.json': manifest('a', json), ...files })
  const source = 'packages/a/src/adapters/pg.ts'

  it('lets declared imports pass', () => {
    expect(tree(
      { dependencies: { 'lru-cache': '1' }, peerDependencies: { pg: '8' }, peerDependenciesMeta: { pg: { optional: true } }, devDependencies: { ioredis: '6' } },
      { [source]: "import { LRUCache } from 'lru-cache'\nimport type { Pool } from 'pg'\nimport 'node:fs'", 'packages/a/test/a.test.ts': "import 'ioredis'\nimport 'vitest'\nimport '@distrokit/a'" },
    )).toEqual([])
  })

  it.each([
    ['an import that nothing declares', {}, { [source]: "import 'pg'" }, /imports 'pg', which nothing declares; it works here and breaks for whoever installs/],
    ['a type import of a devDependency', { devDependencies: { pg: '8' } }, { [source]: "import type { Pool } from 'pg'" }, /is a devDependency only \(its types reach/],
    ['a dependency that nothing imports', { dependencies: { ulid: '3' } }, { [source]: '', 'packages/a/test/a.test.ts': "import 'ulid'" }, /`dependencies` names 'ulid', and nothing under src\/ imports it/],
    ['a peer that nothing imports', { peerDependencies: { pg: '8' }, peerDependenciesMeta: { pg: { optional: true } } }, { [source]: '' }, /`peerDependencies` names 'pg'/],
    ['a peer that is not optional', { peerDependencies: { pg: '8' } }, { [source]: "import 'pg'" }, /the peer 'pg' is not marked optional/],
    ['a mark for a peer that is none', { peerDependenciesMeta: { pg: { optional: true } } }, { [source]: '' }, /speaks of 'pg', which is no peer/],
    ['a test import that nothing declares', {}, { 'packages/a/test/a.test.ts': "import 'ioredis'" }, /a test imports 'ioredis'/],
  ])('refuses %s', (_, json, files, message) => {
    expect(tree(json, files as unknown as Record<string, string>)).toEqual([expect.stringMatching(message)])
  })
})
