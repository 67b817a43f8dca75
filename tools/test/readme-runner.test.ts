import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { blocksOf } from '../readme/blocks.ts'
import { runBlock } from '../readme/run.ts'
import { clear, put } from '../readme/shelf.ts'
import { typeFaults } from '../readme/types.ts'
import { root } from '../workspace.ts'

const fence = '```'

describe('blocks of a README', () => {
  it('are the ones fenced ts, with the line of their fence', () => {
    const page = `# a\n\n${fence}ts\nconst a = 1\n\nconst b = 2\n${fence}\n\n${fence}sh\nnpm i\n${fence}\n\n${fence}ts no-run\nboom()\n${fence}\n\n${fence}tsx\n<a/>\n${fence}\n${fence} ts title="x"\nb()\n${fence}`
    expect(blocksOf(page)).toEqual([{ line: 3, code: 'const a = 1\n\nconst b = 2' }, { line: 20, code: 'b()' }])
  })

  it('keep fences that stand inside a longer fence, and lose the indent of a list', () => {
    expect(blocksOf(`${fence}${fence}md\n${fence}ts\nx\n${fence}\n${fence}${fence}`)).toEqual([])
    expect(blocksOf(`- a\n\n  ${fence}ts\n  if (a) {\n    b()\n  }\n  ${fence}`)).toEqual([{ line: 3, code: 'if (a) {\n  b()\n}' }])
  })
})

describe('an example', () => {
  const folder = mkdtempSync(join(tmpdir(), 'page-'))
  const page = { path: 'packages/x/README.md', folder }
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  it('runs with its types stripped and top-level await', async () => {
    expect(await runBlock(page, { line: 7, code: "import assert from 'node:assert/strict'\nconst a: number = await Promise.resolve(1)\nassert.equal(a, 1)" })).toEqual({ at: 'packages/x/README.md:7' })
  })

  it('that throws is told with the line of the README, and leaves no file', async () => {
    const { at, failure } = await runBlock(page, { line: 7, code: "const a = 1\nthrow new Error('wrong ' + a)" })
    expect(at).toBe('packages/x/README.md:7')
    expect(failure).toMatch(/exit 1/)
    expect(failure).toContain('Error: wrong 1')
    expect(failure).toContain('packages/x/README.md:9')
    expect(existsSync(join(folder, 'test-artifacts'))).toBe(false)
  })

  it('that never ends is stopped, and told what to do', async () => {
    const { failure } = await runBlock(page, { line: 1, code: 'setInterval(() => {}, 1000)' }, 600)
    expect(failure).toContain('still running after 0.6 s')
    expect(existsSync(join(folder, 'test-artifacts'))).toBe(false)
  })

  it('writes its files to a folder of its own', async () => {
    const before = readdirSync(folder)
    expect(await runBlock(page, { line: 1, code: "import { writeFileSync } from 'node:fs'\nwriteFileSync('sagas.db', '')" })).toEqual({ at: 'packages/x/README.md:1' })
    expect(readdirSync(folder)).toEqual(before)
  })

  it('is not lost when other examples clear the shelf meanwhile', async () => {
    const files = Array.from({ length: 40 }, (_, index) => join(folder, 'test-artifacts', `a${index}.ts`))
    await Promise.all(files.map(async (file) => {
      for (let turn = 0; turn < 25; turn++) {
        await put(file, 'x')
        await clear(file)
      }
    }))
    expect(existsSync(join(folder, 'test-artifacts'))).toBe(false)
  })

  it('may import any package of the house by its public name, from any page', async () => {
    mkdirSync(folder, { recursive: true })
    const code = ['breaker', 'chaos', 'crdt', 'hlc', 'ratelimit', 'saga'].map((name) => `console.log(import.meta.resolve('@distrokit/${name}').endsWith('packages/${name}/src/index.ts') || process.exit(3))`).join('\n')
    expect(await runBlock({ path: 'README.md', folder: join(root, 'packages/hlc') }, { line: 1, code })).toEqual({ at: 'README.md:1' })
  })
})

describe('the types of examples', () => {
  const folder = mkdtempSync(join(tmpdir(), 'types-'))
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }')
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  it('are checked strictly, and a fault is told with the line of the README', async () => {
    const faults = await typeFaults([
      { path: 'packages/x/README.md', folder, blocks: [{ line: 4, code: "const a: number = 1\nconst b: string = a" }, { line: 20, code: 'const a = 2\nconst unused = [a][0]' }] },
      { path: 'packages/y/README.md', folder, blocks: [{ line: 7, code: "import { createClock } from '@distrokit/hlc'\nconst a: number = createClock" }] },
    ])
    expect(faults).toEqual([
      expect.stringMatching(/^packages\/x\/README\.md:6 error TS2322: Type 'number' is not assignable to type 'string'/),
      expect.stringMatching(/^packages\/y\/README\.md:9 error TS2322/),
    ])
    expect(existsSync(join(folder, 'test-artifacts'))).toBe(false)
  }, 120_000)
})
