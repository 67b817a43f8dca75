import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { declarations, imports, lintTarballs } from '../check/shipped.ts'
import { ship } from '../check/tarballs.ts'
import type { WorkspacePackage } from '../workspace.ts'

const folders: string[] = []
afterAll(() => folders.forEach((folder) => rmSync(folder, { recursive: true, force: true })))

/** A package on the disk that is built and right, but for what a test changes. */
function plant(files: Readonly<Record<string, string>> = {}, changes: object = {}): WorkspacePackage {
  const folder = mkdtempSync(join(tmpdir(), 'planted-'))
  folders.push(folder)
  const map = { '.': { types: './dist/index.d.ts', default: './dist/index.js' }, './package.json': './package.json' }
  const json = {
    name: '@distrokit/planted', version: '0.0.0', description: 'x', license: 'MIT', type: 'module', files: ['dist'], sideEffects: false,
    repository: { type: 'git', url: 'git+https://github.com/distrokit/distrokit.git' }, engines: { node: '>=22.12' },
    exports: { '.': { source: './src/index.ts', ...map['.'] }, './package.json': './package.json' },
    publishConfig: { exports: map },
    ...changes,
  }
  const all = { 'package.json': JSON.stringify(json), 'dist/index.js': 'export const a = 1\n', 'dist/index.d.ts': 'export declare const a: number\n', ...files }
  for (const [path, text] of Object.entries(all)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), text)
  }
  return { name: 'planted', folder, json }
}

describe('what ships', () => {
  it('passes when the tarball is right, and has no trace of the workspace’s own map', async () => {
    using shipment = await ship([plant()])
    const verdicts = await Promise.all([lintTarballs(shipment), declarations(shipment), imports(shipment)])
    expect(verdicts).toEqual(verdicts.map(() => ({ ok: true, output: '' })))
  }, 120_000)

  it('fails when a subpath names a file that is not in the tarball, and when declarations speak of types that a user does not have', async () => {
    const lost = { types: './dist/otel.d.ts', default: './dist/otel.js' }
    const json = { publishConfig: { exports: { '.': { types: './dist/index.d.ts', default: './dist/index.js' }, './otel': lost } } }
    using shipment = await ship([plant({ 'dist/index.d.ts': "import type { Pool } from 'pg'\nexport declare const a: Pool\n" }, json)])
    expect(await lintTarballs(shipment)).toMatchObject({ ok: false, output: expect.stringContaining('dist/otel.js') })
    expect(await imports(shipment)).toMatchObject({ ok: false, output: expect.stringContaining('otel.js') })
    const types = await declarations(shipment)
    expect(types.ok).toBe(false)
    expect(types.output).toContain("'@distrokit/planted/otel'")
    expect(types.output).toContain("Cannot find module 'pg'")
    expect(types.output).toMatch(/tsc6 ended with[\s\S]*tsc ended with/)
  }, 120_000)

  it('fails when the front door needs what only some users bring', async () => {
    using shipment = await ship([plant({ 'dist/index.js': "export { x } from 'not-installed'\n" })])
    expect(await imports(shipment)).toMatchObject({ ok: false, output: expect.stringContaining("'not-installed'") })
  }, 120_000)

  it('fails when a module cannot be required, or exports nothing', async () => {
    using late = await ship([plant({ 'dist/index.js': 'export const a = await Promise.resolve(1)\n' })])
    using empty = await ship([plant({ 'dist/index.js': 'export {}\n' })])
    expect(await imports(late)).toMatchObject({ ok: false, output: expect.stringContaining('ERR_REQUIRE_ASYNC_MODULE') })
    expect(await imports(empty)).toMatchObject({ ok: false, output: expect.stringContaining('exports nothing') })
  }, 120_000)

  it('tells to build first, and to install the peers that a package declares', async () => {
    const unbuilt = plant()
    rmSync(join(unbuilt.folder, 'dist'), { recursive: true })
    await expect(ship([unbuilt])).rejects.toThrow('planted: there is no dist/ to pack. Run the stage `build` first.')
    await expect(ship([plant({}, { peerDependencies: { pg: '^8' } })])).rejects.toThrow("declares 'pg', and it is not installed")
  }, 120_000)
})
