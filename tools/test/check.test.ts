import { describe, expect, it } from 'vitest'
import { inPairs, run, together, tool } from '../check/run.ts'
import { choose, runStages } from '../check/stage.ts'
import type { Stage } from '../check/stage.ts'
import { specifiersOf, workspacePackages } from '../workspace.ts'

const fine = (name: string): Stage => ({ name, heading: `heading of ${name}`, run: async () => ({ ok: true, output: 'never shown', table: 'a table' }) })
const broken: Stage = { name: 'broken', heading: 'broken', run: async () => ({ ok: false, output: 'what is wrong\nand where' }) }
const thrown: Stage = { name: 'thrown', heading: 'thrown', run: async () => { throw new Error('no compiler') } }

async function printed(stages: readonly Stage[]): Promise<{ failed: number; lines: readonly string[] }> {
  const lines: string[] = []
  let ms = 0
  const failed = await runStages(stages, (line) => void lines.push(line), () => (ms += 1_250))
  return { failed, lines }
}

describe('the check', () => {
  it('runs all stages though one fails or throws, and shows output only of those', async () => {
    const { failed, lines } = await printed([fine('a'), broken, thrown, fine('b')])
    expect(failed).toBe(2)
    expect(lines.slice(0, 4)).toEqual(['ok    heading of a (1.3 s)', '      a table', 'FAIL  broken (1.3 s)', '      what is wrong\n      and where\n'])
    expect(lines[5]).toContain('no compiler')
    expect(lines.at(-1)).toBe('2 passed, 2 failed')
    expect(lines.join('\n')).not.toContain('never shown')
  })

  it('picks stages by name, in its own order, and refuses a name that it does not know', () => {
    expect(choose([fine('a'), broken, fine('b')], ['b', 'a']).map(({ name }) => name)).toEqual(['a', 'b'])
    expect(choose([fine('a'), broken], [])).toHaveLength(2)
    expect(() => choose([fine('a')], ['typos'])).toThrow('no stage is called typos; there are: a')
  })
})

describe('a tool', () => {
  it('that fails is told with its output and its exit status, and never by a shell', async () => {
    const { ok, output } = await run(process.execPath, ['-e', 'console.log(process.argv[1]); console.error("bad"); process.exit(3)', '$(whoami); `x`'])
    expect(ok).toBe(false)
    expect(output).toContain('$(whoami); `x`')
    expect(output).toMatch(/bad[\s\S]*ended with 3/)
  })

  it('that is not there is a failure, not a crash', async () => {
    expect(await tool('no-such-tool', [])).toMatchObject({ ok: false, output: expect.stringContaining('could not be started') })
  })

  it('runs beside one other, and results keep their order', async () => {
    let running = 0
    let most = 0
    const results = await inPairs([1, 2, 3, 4, 5], async (item) => {
      most = Math.max(most, ++running)
      await new Promise((turn) => setImmediate(turn))
      running -= 1
      return item * 10
    })
    expect(results).toEqual([10, 20, 30, 40, 50])
    expect(most).toBe(2)
    expect(together([{ ok: true, output: 'a' }, { ok: false, output: 'b' }])).toEqual({ ok: false, output: 'b' })
  })
})

describe('the workspace', () => {
  it('lists its packages with hlc before crdt, and their public specifiers', () => {
    const packages = workspacePackages()
    expect(packages.map(({ name }) => name).toSorted()).toEqual(['breaker', 'chaos', 'crdt', 'hlc', 'ratelimit', 'saga'])
    expect(packages.findIndex(({ name }) => name === 'hlc')).toBeLessThan(packages.findIndex(({ name }) => name === 'crdt'))
    const specifiers = packages.flatMap(specifiersOf)
    expect(specifiers).toContain('@distrokit/hlc')
    expect(specifiers).toContain('@distrokit/crdt/counter')
    expect(specifiers.some((specifier) => specifier.includes('package.json'))).toBe(false)
  })
})
