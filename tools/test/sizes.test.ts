import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { parseBudgets } from '../sizes/budget.ts'
import { faultOf, quotesOf } from '../sizes/quotes.ts'
import { survey, table } from '../sizes/survey.ts'
import type { WorkspacePackage } from '../workspace.ts'

const folders: string[] = []
afterEach(() => folders.splice(0).forEach((folder) => rmSync(folder, { recursive: true, force: true })))

/** A built package on the disk: one heavy export, one light one, a peer and a builtin. */
function plant(files: Readonly<Record<string, string>>): WorkspacePackage {
  const folder = mkdtempSync(join(tmpdir(), 'sizes-'))
  folders.push(folder)
  mkdirSync(join(folder, 'dist'))
  const heavy = Array.from({ length: 400 }, (_, index) => (index * 7919 % 104729).toString(36)).join(' ')
  writeFileSync(join(folder, 'dist/index.js'), `import { tool } from 'peer/deep'\nimport 'node:fs'\nexport const light = () => 1\nexport const heavy = () => '${heavy}'\nexport const brought = () => tool()\n`)
  for (const [path, text] of Object.entries(files)) writeFileSync(join(folder, path), text)
  const json = { name: '@distrokit/a', version: '0.0.0', exports: { '.': { default: './dist/index.js' } }, peerDependencies: { peer: '1' } }
  return { name: 'a', folder, json }
}

const budget = (name: string, names: string, limitBytes: number): object => ({ name, import: names, from: '.', limitBytes })

describe('sizes', () => {
  it('count what one import brings, and leave peers and builtins out', async () => {
    const { rows, faults } = await survey([plant({ 'sizes.json': JSON.stringify([budget('light', '{ light }', 200), budget('all', '*', 5_000)]) })])
    expect(faults).toEqual([])
    const [light, all] = rows
    expect(light?.gzipBytes).toBeLessThan(150)
    expect(all?.gzipBytes).toBeGreaterThan(1_000)
    expect(all?.gzipBytes).toBeLessThan(all?.minifiedBytes ?? 0)
    expect(table(rows)).toMatch(/^package {2}import +minified +gzip +limit\na +light +\d+ +\d+ +200\n/)
  })

  it('refuse an import past its limit, a missing file, an unknown name and an unknown subpath', async () => {
    const faultsOf = async (files: Record<string, string>): Promise<readonly string[]> => (await survey([plant(files)])).faults
    expect(await faultsOf({ 'sizes.json': JSON.stringify([budget('heavy', '{ heavy }', 500)]) })).toEqual([expect.stringMatching(/"heavy" weighs \d+ bytes, and 500 is the most/)])
    expect(await faultsOf({})).toEqual(['packages/a/sizes.json is missing: nothing says how heavy the package may become'])
    expect(await faultsOf({ 'sizes.json': JSON.stringify([budget('x', '{ gone }', 500)]) })).toEqual([expect.stringContaining('No matching export')])
    expect(await faultsOf({ 'sizes.json': JSON.stringify([{ ...budget('x', '*', 500), from: './otel' }]) })).toEqual([expect.stringContaining("has no subpath './otel'")])
  })

  it('hold the figures of the README against what was measured', async () => {
    const page = (figure: string, name: string): string => `# a\n\n## Sizes and figures\n\n| import | size |\n|---|---|\n| \`${name}\` | ${figure} kB |\n\n## Other\n\n| x | 9.99 kB |\n`
    const files = { 'sizes.json': JSON.stringify([budget('all', '*', 5_000)]) }
    const { rows } = await survey([plant(files)])
    const kB = (rows[0]?.gzipBytes ?? 0) / 1000
    expect((await survey([plant({ ...files, 'README.md': page((kB * 1.04).toFixed(2), 'all') })])).faults).toEqual([])
    expect((await survey([plant({ ...files, 'README.md': page((kB * 1.07).toFixed(2), 'all') })])).faults).toEqual([expect.stringMatching(/README\.md:7 quotes .* was measured/)])
    expect((await survey([plant({ ...files, 'README.md': page('1.00', 'some') })])).faults).toEqual([expect.stringContaining('nothing keeps the figure true')])
  })
})

describe('quotes', () => {
  it('are read from rows of the table of sizes only', () => {
    expect(quotesOf('# a\n1.00 kB\n## Size\nabout 2.00 kB\n| **`x`** | y | 3.10 kB |\n```\n| z | 4.00 kB |\n```\n### More\n| w | 5.00 kB |')).toEqual([{ line: 5, name: 'x', kB: 3.1 }])
  })

  it('may be five percent off and no more', () => {
    expect(faultOf({ line: 1, name: 'x', kB: 1.05 }, 1_000)).toBeUndefined()
    expect(faultOf({ line: 1, name: 'x', kB: 0.95 }, 1_000)).toBeUndefined()
    expect(faultOf({ line: 1, name: 'x', kB: 1.06 }, 1_000)).toContain('1.00 kB was measured')
  })
})

describe('a sizes.json', () => {
  it.each([
    ['{}', /expected a list/],
    ['[]', /at least one entry/],
    ['[{"import":"*","from":".","limitBytes":1}]', /entry 1: expected name/],
    ['[{"name":"a","import":"createClock","from":".","limitBytes":1}]', /expected import: '\*' or/],
    ['[{"name":"a","import":"*","from":"dist","limitBytes":1}]', /expected from/],
    ['[{"name":"a","import":"*","from":".","limitBytes":0}]', /expected limitBytes/],
  ])('%s is refused with its place', (text, message) => {
    expect(() => parseBudgets(text, 'packages/a/sizes.json')).toThrow(message)
  })
})
