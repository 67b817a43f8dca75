import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { fileURLToPath } from 'node:url'
import { createEngine, memoryStore, saga } from '@distrokit/saga'
import type { Store, Write } from '@distrokit/saga'
import { sqliteStore } from '@distrokit/saga/sqlite'
import { keep } from '../contestant.ts'
import type { Case, Contestant, Runner, Suite } from '../contestant.ts'

const three = saga('three', async ({ step }, input: number) => {
  const one = await step('one', () => input + 1, () => undefined)
  const two = await step('two', () => one + 1, () => undefined)
  return step('three', () => two + 1, () => undefined)
})

/** A folder on the disk of the repository: a temporary one may lie in memory, where a commit costs nothing. */
function freshFolder(): string {
  const shelf = fileURLToPath(new URL('../../test-artifacts', import.meta.url))
  mkdirSync(shelf, { recursive: true })
  return mkdtempSync(join(shelf, 'saga-'))
}

/** Counts what a store is asked to make durable, and how often. */
function counted(store: Store): { readonly store: Store; readonly counts: { commits: number; writes: number } } {
  const counts = { commits: 0, writes: 0 }
  const commit = (writes: readonly Write[]): ReturnType<Store['commit']> => {
    counts.commits += 1
    counts.writes += writes.length
    return store.commit(writes)
  }
  return { store: new Proxy(store, { get: (target, key) => (key === 'commit' ? commit : Reflect.get(target, key, target)) }), counts }
}

function ours(name: string, open: (folder: string) => Store, inFlight: number): Contestant {
  return {
    name, make(): Runner {
      const folder = freshFolder()
      const { store, counts } = counted(open(folder))
      const engine = createEngine({ sagas: [three], store })
      let sagas = 0
      const one = async (): Promise<void> => {
        sagas += 1
        const handle = await engine.start(three, sagas, { id: `s${sagas}` })
        keep(await handle.result())
      }
      return {
        run: (count) => inLanes(count, inFlight, one),
        least: inFlight * 4,
        facts: () => ({ 'commits/saga': counts.commits / sagas, 'writes/saga': counts.writes / sagas }),
        async close() {
          await engine.close()
          rmSync(folder, { recursive: true, force: true })
        },
      }
    },
  }
}

/** What the disk asks for the same: four transactions in a row, each one small row, nothing else. */
function byHand(name: string, synchronous: 'FULL' | 'NORMAL', inFlight: number): Contestant {
  return {
    name, make(): Runner {
      const folder = freshFolder()
      const database = new DatabaseSync(join(folder, 'hand.db'))
      database.exec(`pragma journal_mode = WAL; pragma synchronous = ${synchronous}`)
      database.exec('create table log (saga integer, seq integer, value text, primary key (saga, seq)) without rowid')
      const insert = database.prepare('insert into log values (?, ?, ?)')
      let sagas = 0
      const one = async (): Promise<void> => {
        const id = ++sagas
        for (let seq = 0; seq < 4; seq++) {
          insert.run(id, seq, '{"output":1}')
          await Promise.resolve()
        }
      }
      return {
        run: (count) => inLanes(count, inFlight, one),
        least: inFlight * 4,
        facts: () => ({ 'commits/saga': 4, 'writes/saga': 4 }),
        close() {
          database.close()
          rmSync(folder, { recursive: true, force: true })
        },
      }
    },
  }
}

async function inLanes(count: number, lanes: number, one: () => Promise<void>): Promise<void> {
  let left = count
  await Promise.all(Array.from({ length: Math.min(lanes, count) }, async () => {
    while (left > 0) {
      left -= 1
      await one()
    }
  }))
}

function threeSteps(name: string, inFlight: number): Case {
  return {
    name, unit: 'saga', baseline: 'four SQLite commits by hand, full',
    contestants: [
      byHand('four SQLite commits by hand, full', 'FULL', inFlight),
      ours('@distrokit/saga SQLite, full', (folder) => sqliteStore({ path: join(folder, 'sagas.db'), durability: 'full' }), inFlight),
      byHand('four SQLite commits by hand, relaxed', 'NORMAL', inFlight),
      ours('@distrokit/saga SQLite, relaxed', (folder) => sqliteStore({ path: join(folder, 'sagas.db'), durability: 'relaxed' }), inFlight),
      ours('@distrokit/saga memory', () => memoryStore(), inFlight),
    ],
  }
}

export const suite: Suite = {
  package: 'saga',
  note: 'a saga of three steps that do nothing, from start to a durable result; "full" waits for the disk at every commit',
  cases: [threeSteps('one at a time', 1), threeSteps('64 at a time', 64)],
}
