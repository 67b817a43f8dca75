import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { sqliteStorage } from '../src/adapters/sqlite.ts'
import { checkLaws, checkStorage } from '../src/adapters/testing.ts'
import { createDoc, s } from '../src/index.ts'
import { keepDoc, memoryStorage, type Storage } from '../src/storage.ts'

const directory = mkdtempSync(join(tmpdir(), 'crdt-storage-'))
afterAll(() => rmSync(directory, { recursive: true, force: true }))
const schema = s.doc({ votes: s.counter() })

describe('a store', () => {
  it('in memory passes the conformance suite', async () => {
    const storage = memoryStorage()
    await checkStorage(() => storage)
  })

  it('in SQLite passes the conformance suite, beside other documents in the file', async () => {
    const path = join(directory, 'suite.db')
    sqliteStorage({ path, name: 'other' }).append(new Uint8Array([1]))
    await checkStorage(() => sqliteStorage({ path, name: 'mine' }))
    expect(sqliteStorage({ path, name: 'other' }).load()).toEqual([new Uint8Array([1])])
  })

  it('that fails keeps the change for later and says so', async () => {
    const inner = memoryStorage()
    let failing = false
    const storage: Storage = { ...inner, append: (change) => { if (failing) throw new Error('disk full'); return inner.append(change) } }
    const kept = await keepDoc(schema, storage, { actor: 'a' })
    failing = true
    kept.doc.edit((d) => d.votes.add(1))
    await expect(kept.flush()).rejects.toThrow('disk full')
    expect(kept.doc.value.votes).toBe(1)
    failing = false
    await kept.flush()
    expect((await keepDoc(schema, inner, { actor: 'a' })).doc.value.votes).toBe(1)
  })

  it('that dies at any of its writes leaves a prefix of history', async () => {
    for (let survives = 0; survives < 12; survives++) {
      const inner = memoryStorage()
      let left = survives
      const dying = <A extends unknown[]>(run: (...args: A) => unknown) => (...args: A): void => {
        if (left-- <= 0) throw new Error('dead')
        run(...args)
      }
      const kept = await keepDoc(schema, { ...inner, append: dying(inner.append), replace: dying(inner.replace) }, { actor: 'a', foldAfter: 3, onError: () => {} })
      for (let index = 0; index < 8; index++) {
        kept.doc.edit((d) => d.votes.add(1))
        // Some changes wait for their turn together.
        if (index % 3 !== 0) await kept.flush().catch(() => {})
      }
      const { doc } = await keepDoc(schema, inner, { actor: 'a' })
      expect(doc.version()).toEqual(doc.value.votes === 0 ? {} : { a: doc.value.votes })
      expect(doc.value.votes).toBeGreaterThanOrEqual(Math.min(8, survives - Math.ceil(survives / 3)))
    }
  })

  it('in SQLite loses nothing that was flushed when the process is killed', async () => {
    const path = join(directory, 'killed.db')
    const script = `
      import { createDoc, s } from '@distrokit/crdt'
      import { keepDoc } from ${JSON.stringify(new URL('../src/storage.ts', import.meta.url).pathname)}
      import { sqliteStorage } from ${JSON.stringify(new URL('../src/adapters/sqlite.ts', import.meta.url).pathname)}
      const kept = await keepDoc(s.doc({ votes: s.counter() }), sqliteStorage({ path: ${JSON.stringify(path)} }), { actor: 'a', foldAfter: 7 })
      for (let index = 0; index < 50; index++) { kept.doc.edit((d) => d.votes.add(1)); await kept.flush() }
      process.kill(process.pid, 'SIGKILL')
    `
    for (let life = 1; life <= 2; life++) {
      expect(() => execFileSync(process.execPath, ['--conditions=source', '--disable-warning=ExperimentalWarning', '--input-type=module', '-e', script], { cwd: new URL('..', import.meta.url).pathname, stdio: 'pipe' })).toThrow(/SIGKILL|failed/)
      const doc = createDoc(schema, { actor: 'reader' })
      for (const bytes of await sqliteStorage({ path }).load()) doc.apply(bytes)
      expect(doc.value.votes).toBe(life * 50)
    }
  })
})

describe('the laws', () => {
  it('hold for documents that differ', () => {
    const docs = ['a', 'b', 'c'].map((actor) => createDoc(schema, { actor }))
    for (const [index, doc] of docs.entries()) doc.edit((d) => d.votes.add(index + 1))
    docs[1]!.apply(docs[0]!.save())
    checkLaws(schema, docs as never)
  })
})
