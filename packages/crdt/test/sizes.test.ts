import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'
import { expect, it } from 'vitest'

const source = (file: string): string => JSON.stringify(fileURLToPath(new URL(`../src/${file}.ts`, import.meta.url)))

/** Bytes of what a user's bundle would hold, minified and gzipped. */
async function sizeOf(contents: string): Promise<number> {
  const result = await build({
    stdin: { contents, resolveDir: fileURLToPath(new URL('.', import.meta.url)), loader: 'ts' },
    bundle: true, minify: true, format: 'esm', platform: 'browser', target: 'es2022', write: false, logLevel: 'error',
  })
  return gzipSync(result.outputFiles[0]!.contents, { level: 9 }).length
}

it.each([
  ['a counter', `export { pnCounter } from ${source('counter')}`, 1100],
  ['a set', `export { addWinsSet } from ${source('set')}`, 2250],
  ['a map', `export { lwwMap } from ${source('map')}`, 2500],
  ['documents without text', `export * from ${source('builders')}`, 18_000],
  ['documents with all containers', `export { createDoc, loadDoc, s } from ${source('index')}`, 23_300],
])('%s stays within its bytes', async (_what, contents, most) => {
  expect(await sizeOf(contents)).toBeLessThan(most)
})
