// The README's table of sizes, measured: what an application pays for what it imports, tree-shaken, minified and gzipped.
import { readFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'
import { expect, it } from 'vitest'

const folder = `${import.meta.dirname}/..`
const readme = readFileSync(`${folder}/README.md`, 'utf8')
const rows = [...readme.slice(readme.indexOf('## Sizes')).matchAll(/^\| (.+) \| (\d+) \|$/gm)].map(([, what, bytes]) => [what as string, Number(bytes)] as const)

async function sizeOf(what: string): Promise<number> {
  const [, names, subpath] = /^`([^`]+)`(?: of `\/(\w+)`)?$/.exec(what) ?? []
  const from = subpath === undefined ? './index.ts' : `./adapters/${subpath}.ts`
  const contents = names === undefined ? `import * as all from '${from}'; console.log(all)` : `import { ${names} } from '${from}'; console.log(${names})`
  const result = await build({
    stdin: { contents, resolveDir: `${folder}/src`, loader: 'ts' },
    bundle: true, minify: true, write: false, format: 'esm', platform: 'neutral', external: ['p-retry', 'lru-cache'], logLevel: 'silent',
  })
  return gzipSync(result.outputFiles[0]?.contents ?? '', { level: 9 }).length
}

it.each(rows)('%s costs at most %i bytes, and not much less', async (what, most) => {
  const bytes = await sizeOf(what)
  expect(bytes).toBeLessThanOrEqual(most)
  expect(bytes).toBeGreaterThan(0.9 * most)
})

it('the table names the policies, the rules and every subpath but the one for tests', () => {
  expect(rows.length).toBeGreaterThan(15)
  for (const word of ['createBreaker', 'retry', 'hedge', '/balance', '/keyed', '/shared', '/fetch', '/otel']) expect(rows.some(([what]) => what.includes(word))).toBe(true)
})

it('nothing needs Node: every subpath bundles for a browser', async () => {
  for (const path of ['balance', 'keyed', 'shared', 'fetch', 'otel', 'testing']) {
    await expect(build({ entryPoints: [`${folder}/src/adapters/${path}.ts`], bundle: true, write: false, format: 'esm', platform: 'browser', external: ['p-retry', 'lru-cache'], logLevel: 'silent' })).resolves.toBeDefined()
  }
})
