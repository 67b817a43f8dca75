/** The conformance suite over the stores that need no server. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { memoryStore } from '@distrokit/saga'
import { sqliteStore } from '@distrokit/saga/sqlite'
import { conformance } from '@distrokit/saga/testing'
import { afterAll, describe, test } from 'vitest'

const folder = mkdtempSync(join(tmpdir(), 'saga-stores-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
let files = 0

describe.each([
  ['memory', () => memoryStore()],
  ['SQLite in memory', () => sqliteStore({ path: ':memory:' })],
  ['an SQLite file', () => sqliteStore({ path: join(folder, `${files++}.db`), durability: 'relaxed' })],
])('%s', (_, open) => {
  for (const { name, run } of conformance) test(name, () => run(open))
})
