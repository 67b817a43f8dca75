import { describe, expect, test } from 'vitest'

import { home, load } from '../load.ts'
import { mutantsOf } from '../mutants.ts'
import { parsePatch, plant } from '../patch.ts'
import { subjects } from '../subjects.ts'

/** Seeds of the short campaign; the whole one is `pnpm sim --seeds 500`. */
const SEEDS = 6

describe.each(Object.keys(subjects))('%s', (name) => {
  test('holds in a short campaign', { timeout: 120_000 }, async () => {
    const campaigns = (await subjects[name]?.(load)) ?? []
    expect(campaigns.length).toBeGreaterThan(0)
    for (const campaign of campaigns.filter((one) => !one.name.endsWith('/every-order'))) await campaign.run({ seeds: SEEDS, seed: 1 })
  })

  test('has at least fifteen planted bugs, each of which still finds its place in the sources', async () => {
    const { readFile } = await import('node:fs/promises')
    const mutants = mutantsOf(name)
    expect(mutants.length).toBeGreaterThanOrEqual(15)
    for (const mutant of mutants) {
      for (const { file } of mutant.changes) {
        const source = await readFile(new URL(file, home(name)), 'utf8')
        expect(plant(mutant, file, source)).not.toBe(source)
      }
    }
  })
})

describe('a patch', () => {
  const text = '# Adds wrongly.\n--- src/sum.ts\n export const sum = (a, b) =>\n-  a + b\n+  a - b\n'

  test('is read as text before and text after, whatever the line numbers', () => {
    const mutant = parsePatch('p', 'wrong-sum', text)
    expect(mutant.story).toBe('Adds wrongly.')
    expect(plant(mutant, 'src/sum.ts', '\n\nexport const sum = (a, b) =>\n  a + b\n')).toBe('\n\nexport const sum = (a, b) =>\n  a - b\n')
    expect(plant(mutant, 'src/other.ts', 'untouched')).toBe('untouched')
  })

  test('that no longer finds its text says so', () => {
    const mutant = parsePatch('p', 'wrong-sum', text)
    expect(() => plant(mutant, 'src/sum.ts', 'const sum = 0')).toThrow(/find its text once in src\/sum.ts, found it 0 times/)
    expect(() => parsePatch('p', 'empty', '# Does nothing.\n')).toThrow(/to change something/)
    expect(() => parsePatch('p', 'dumb', '--- a\n')).toThrow(/what the bug does/)
  })
})
