// What an application pays for what it imports: minified, tree-shaken and gzipped by esbuild, in bytes.
import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'
import { expect, it } from 'vitest'

async function sizeOf(contents: string): Promise<number> {
  const result = await build({
    stdin: { contents, resolveDir: `${import.meta.dirname}/../src`, loader: 'ts' },
    bundle: true, minify: true, write: false, format: 'esm', platform: 'neutral', mainFields: ['module', 'main'], conditions: ['source', 'import'],
    external: ['p-retry', 'lru-cache'], logLevel: 'silent',
  })
  return gzipSync(result.outputFiles[0]?.contents ?? '', { level: 9 }).length
}
const use = (names: string, from = './index.ts'): Promise<number> => sizeOf(`import { ${names} } from '${from}'; console.log(${names})`)

const breakers: readonly (readonly [string, number])[] = [
  ['createBreaker, consecutive', 4000], ['createBreaker, failureCount', 4350], ['createBreaker, failureRate', 4450],
]
const policies: readonly (readonly [string, number])[] = [
  ['timeout', 1300], ['retry', 2400], ['bulkhead', 1850], ['hedge', 2650], ['fallback', 1050], ['adaptive', 2250], ['throttle', 1800], ['createBudget', 1050], ['compose', 500], ['wrap', 250],
]
const everything = 'createBreaker, consecutive, failureCount, failureRate, slowRate, timeout, retry, bulkhead, hedge, fallback, adaptive, throttle, createBudget, compose, wrap'

it.each([...breakers, ...policies, [everything, 9100] as const])('%s: at most %i bytes', async (names, most) => {
  const bytes = await use(names)
  if (process.env['SIZES'] !== undefined) console.log(`${bytes} ${names}`)
  expect(bytes).toBeLessThanOrEqual(most)
})

it.each([['balance', 'createBalancer', 5900], ['keyed', 'createKeyed', 1000], ['shared', 'share, redisStore', 2800], ['fetch', 'createFetch', 7800], ['otel', 'observeBreaker, traced', 1400]] as const)(
  'the subpath /%s (%s): at most %i bytes', async (path, names, most) => {
    const bytes = await use(names, `./adapters/${path}.ts`)
    if (process.env['SIZES'] !== undefined) console.log(`${bytes} /${path}`)
    expect(bytes).toBeLessThanOrEqual(most)
  })

it('needs nothing of Node: every subpath bundles for a browser', async () => {
  for (const path of ['balance', 'keyed', 'shared', 'fetch', 'otel', 'testing']) {
    await expect(build({ entryPoints: [`${import.meta.dirname}/../src/adapters/${path}.ts`], bundle: true, write: false, format: 'esm', platform: 'browser', external: ['p-retry', 'lru-cache'], logLevel: 'silent' })).resolves.toBeDefined()
  }
})
