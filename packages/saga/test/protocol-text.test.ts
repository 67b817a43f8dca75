/**
 * The text that states the protocol, src/core/protocol.qnt, is run: its invariants hold over random interleavings of two workers, and each
 * rule that is taken out of it breaks one of them, so that none is there for show. The seed is fixed: the text is what changes, not the luck.
 */
import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

const PROTOCOL = new URL('../src/core/protocol.qnt', import.meta.url)
const WITNESSES = ['completed', 'compensated', 'takenOver', 'stale']
const quint = join(dirname(createRequire(import.meta.url).resolve('@informalsystems/quint/package.json')), 'dist/src/cli.js')

let folder: string
let text: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'saga-protocol-'))
  text = await readFile(PROTOCOL, 'utf8')
})
afterAll(() => rm(folder, { recursive: true }))

/** What Quint prints about `samples` random runs of a text, and its exit status. */
async function simulate(name: string, source: string, samples: number): Promise<{ status: number; told: string }> {
  const path = join(folder, name)
  await writeFile(path, source)
  const flags = ['--main=protocol', '--backend=typescript', '--seed=1', '--max-steps=40', '--verbosity=1', `--max-samples=${samples}`, '--invariant=safety']
  return new Promise((settle) => {
    execFile(process.execPath, [quint, 'run', path, ...flags, '--witnesses', ...WITNESSES], (error, stdout, stderr) => {
      settle({ status: error === null ? 0 : Number(error.code), told: stdout + stderr })
    })
  })
}

test('every run keeps the invariants, and the runs reach what the text is about', { timeout: 60_000 }, async () => {
  const { status, told } = await simulate('whole.qnt', text, 500)
  expect(told).toContain('No violation found')
  expect(status).toBe(0)
  const seen = Object.fromEntries(Array.from(told.matchAll(/^(\w+) was witnessed in (\d+) trace/gm), ([, name, count]) => [name, Number(count)]))
  expect(Object.keys(seen)).toEqual(WITNESSES)
  // Every run ends one way or the other: no interleaving of the workers leaves a saga between.
  expect(seen['completed']! + seen['compensated']!).toBe(500)
  for (const name of WITNESSES) expect(seen[name], name).toBeGreaterThan(50)
})

describe('a rule that is taken out is missed', () => {
  test.each([
    ['the fence', 'taken.get(w) == epoch,', 'taken.get(w) > 0,'],
    ['a taker folds the log', "folded' = folded.set(w, log.length()),", "folded' = folded.set(w, 1),"],
    ['an intent before the effect', 'else started(known).filter(s => not(known.contains(Done(s))))', 'else STEPS.filter(s => not(known.contains(Done(s))))'],
    ['an undo has an intent too', 'owed(known).filter(s => known.contains(UndoIntent(s)))', 'owed(known)'],
    ['the effect before its outcome', 'begun.get(w).subseteq(world),', 'true,'],
    ['undone in reverse order', 'UndoIntent(latest(rest))', 'UndoIntent(rest.fold(LAST, (a, b) => if (a < b) a else b))'],
    ['what failed is undone as well', 'Set(Failed(s), Back, UndoIntent(s))', 'Set(Failed(s), Back, if (s > 1) UndoIntent(s - 1) else Compensated)'],
    ['the last step completes', 'if (s == LAST) Set(Done(s), Completed)', 'if (s + 1 == LAST) Set(Done(s), Completed)'],
  ])('%s', { timeout: 60_000 }, async (_, rule, without) => {
    expect(text.split(rule)).toHaveLength(2)
    const { status, told } = await simulate('without.qnt', text.replace(rule, without), 500)
    expect(told).toContain('Invariant violated')
    expect(status).toBe(1)
  })
})
