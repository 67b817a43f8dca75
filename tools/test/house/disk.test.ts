import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { readHouse } from '../../house/disk.ts'
import { report } from '../../house/report.ts'
import { inspect, rules } from '../../house/rules.ts'

const root = mkdtempSync(join(tmpdir(), 'house-'))
afterAll(() => rmSync(root, { recursive: true, force: true }))

function write(path: string, text: string): void {
  mkdirSync(dirname(join(root, path)), { recursive: true })
  writeFileSync(join(root, path), text)
}

describe('a repository on the disk', () => {
  it('is what git would commit: new files count, ignored and lost ones do not', () => {
    execFileSync('git', ['init', '-q', root])
    write('.gitignore', 'dist/\n')
    write('README.md', '# R\n\n```sh\nls\n```\n[pictures](docs/a.png)')
    write('docs/a.png', '\u0000PNG')
    write('packages/a/src/core/a.ts', 'export const a = Date.now()')
    write('packages/a/dist/a.ts', 'export default 1')
    write('packages/a/src/lost.ts', 'export default 1')
    execFileSync('git', ['add', '-A'], { cwd: root })
    rmSync(join(root, 'packages/a/src/lost.ts'))
    write('packages/a/src/new.ts', "import './nowhere.ts'")

    const house = readHouse(root)
    expect(house.sources.map(({ path }) => path)).toEqual(['packages/a/src/core/a.ts', 'packages/a/src/new.ts'])
    expect(house.exists('docs/a.png')).toBe(true)
    expect(house.exists('packages/a/src/')).toBe(true)
    expect(house.exists('packages/a/dist/a.ts')).toBe(false)
    expect(report(inspect(house))).toBe([
      'packages/a/src/core/a.ts',
      '  1  ambient: Date.now: the world outside is read here, so nobody can replay it. Instead: take `clock` as an option (now, monotonic, after) ' +
        'and read it when called; the default lives in ground/clock.ts. Then a test or a simulation decides what time it is.',
      '',
      'packages/a/src/new.ts',
      "  1  specifiers: './nowhere.ts' is no file, and Node looks for no other. Instead: write it, or take the import out.",
    ].join('\n'))
  })
})

describe('the list of rules', () => {
  it('has one file and one promise each', () => {
    expect(new Set(rules.map(({ name }) => name)).size).toBe(rules.length)
    for (const { promise } of rules) expect(promise).not.toBe('')
  })
})
