import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterAll, describe, expect, test } from 'vitest'
import { createDurableClock, type MarkStore } from '../src/adapters/durable.ts'
import { fileStore } from '../src/adapters/durable-file.ts'
import { sqliteStore } from '../src/adapters/durable-sqlite.ts'
import { steppingClock, storeLaws } from '../src/adapters/testing.ts'

const folder = mkdtempSync(join(tmpdir(), 'hlc-stores-'))
afterAll(() => rmSync(folder, { recursive: true }))
let places = 0
const place = (): string => join(folder, `mark-${places++}`)

/** The least that `{ load, save }` can be: it looks at nothing. */
function plainStore(memory: { mark?: number }): MarkStore {
  return { load: () => memory.mark, save: (mark) => void (memory.mark = mark) }
}

describe.each([
  ['file', true, () => {
    const path = place()
    return () => fileStore({ path })
  }],
  ['sqlite', true, () => {
    const path = place()
    return () => sqliteStore({ path })
  }],
  ['sqlite in a database of the user', true, () => {
    const database = new DatabaseSync(':memory:')
    return () => sqliteStore({ database, name: 'other' })
  }],
  ['any { load, save }', false, () => {
    const memory = {}
    return () => plainStore(memory)
  }],
] as const)('a store in %s', (_, full, newPlace) => {
  for (const law of storeLaws.filter(({ required }) => required || full)) test(law.name, () => law.check(newPlace()))
})

test('the laws catch a store that forgets, one that only rises, and one that saves over others', async () => {
  const broken: Record<string, () => MarkStore> = {
    forgets: () => plainStore({}),
    rises: () => ((memory) => ({ load: () => memory.mark, save: (mark: number) => void (memory.mark = Math.max(mark, memory.mark ?? 0)) }))({} as { mark?: number }),
    overwrites: () => plainStore({}),
  }
  const verdicts: Record<string, string[]> = {}
  for (const [name, make] of Object.entries(broken)) {
    verdicts[name] = []
    for (const law of storeLaws) {
      const one = make()
      const failed = await law.check(name === 'forgets' ? make : () => one).then(() => false, () => true)
      if (failed) verdicts[name].push(law.name)
    }
  }
  expect(verdicts['forgets']).toContain('gives the last mark back after a restart')
  expect(verdicts['rises']).toContain('takes the lower mark of a clean close')
  expect(verdicts['overwrites']).toEqual(['refuses to save over the mark of another clock, and keeps that'])
})

test('a file that somebody has edited is refused with its name and its content', async () => {
  const path = place()
  for (const content of ['', 'soon\n', '123', '-5\n', '12.5\n', '1e9\n', '99999999999999999999\n']) {
    writeFileSync(path, content)
    await expect(createDurableClock({ node: 'a', store: fileStore({ path }) })).rejects.toMatchObject({ code: 'store', operation: 'load', cause: { code: 'malformed', input: content } })
  }
  expect(readFileSync(path, 'utf8')).toBe('99999999999999999999\n')
})

test('a folder that is missing fails the opening with the reason', async () => {
  await expect(createDurableClock({ node: 'a', store: fileStore({ path: join(place(), 'no', 'mark') }) })).rejects.toMatchObject({ code: 'store', cause: { code: 'ENOENT' } })
})

test('two clocks on one store are noticed by the one that saves second', async () => {
  const path = place()
  const wall = steppingClock()
  const first = await createDurableClock({ node: 'a', store: fileStore({ path }), clock: wall })
  await createDurableClock({ node: 'a', store: fileStore({ path }), clock: { now: () => wall.now(), after: () => ({ cancel() {} }) } })
  const told = new Promise<unknown>((resolve) => void first.onEvent((event) => event.type === 'save-failed' && resolve(event.error)))
  wall.advance(5000)
  await expect(told).resolves.toMatchObject({ code: 'conflict' })
})

test('a store needs to know where', () => {
  expect(() => fileStore({ path: '' })).toThrow(TypeError)
  expect(() => sqliteStore({})).toThrow('either path or database')
})
