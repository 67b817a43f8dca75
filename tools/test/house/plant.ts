import { createHouse } from '../../house/house.ts'
import type { PackageJson, Rule } from '../../house/types.ts'

/** A tree of files in memory, seen by one rule: what it says, `file:line message` each. */
export function told(rule: Rule, files: Readonly<Record<string, string | object>>): readonly string[] {
  const texts = new Map(Object.entries(files).map(([path, text]) => [path, typeof text === 'string' ? text : JSON.stringify(text, null, 2)]))
  return [...rule.check(createHouse(texts))].map(({ file, line, message }) => `${file}:${line} ${message}`)
}

/** A manifest in order, so that a test shows only what it plants. */
export function manifest(name: string, extra: PackageJson = {}): PackageJson {
  return {
    name: `@distrokit/${name}`,
    type: 'module',
    sideEffects: false,
    license: 'MIT',
    engines: { node: '>=22.12' },
    files: ['dist', 'src', 'README.md', 'CHANGELOG.md', 'LICENSE'],
    exports: { '.': { source: './src/index.ts', types: './dist/index.d.ts', default: './dist/index.js' }, './package.json': './package.json' },
    publishConfig: { exports: { '.': { types: './dist/index.d.ts', default: './dist/index.js' }, './package.json': './package.json' } },
    ...extra,
  }
}
