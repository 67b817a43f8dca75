/** A process that kills itself (SIGKILL) just before or just after its nth commit: the store is real, and so is the death. */
import { appendFileSync } from 'node:fs'
import { createEngine, saga, type Store } from '@distrokit/saga'
import { postgresStore } from '@distrokit/saga/postgres'
import { sqliteStore } from '@distrokit/saga/sqlite'
import pg from 'pg'

export const mortal = (note: (key: string) => void) => saga('mortal', async ({ step }) => {
  await step('a', ({ key }) => note(key), ({ key }) => note(key))
  await step('b', ({ key }) => note(key), ({ key }) => note(key))
  await step('c', ({ key }) => {
    note(key)
    throw new Error('no')
  }, ({ key }) => note(key))
})

/** `sqlite:path` or `postgres:url:schema` as a store. */
export function storeAt(place: string): { readonly store: Store; close(): Promise<void> } {
  const [kind, ...rest] = place.split('|')
  if (kind === 'sqlite') {
    const store = sqliteStore({ path: rest[0] ?? '' })
    return { store, close: async () => store.close() }
  }
  const pool = new pg.Pool({ connectionString: rest[0] ?? '', max: 2 })
  return { store: postgresStore({ pool, schema: rest[1] ?? '' }), close: () => pool.end() }
}

if (process.argv[1] === import.meta.filename) {
  const [, , place = '', world = '', at = '', when = ''] = process.argv
  const { store, close } = storeAt(place)
  const { commit } = store
  let commits = 0
  const die = (): void => process.kill(process.pid, 'SIGKILL') as unknown as void
  store.commit = async (writes) => {
    const last = commits++ === Number(at)
    if (last && when === 'before') die()
    const answer = await commit(writes)
    if (last && when === 'after') die()
    return answer
  }
  const definition = mortal((key) => appendFileSync(world, `${key}\n`))
  const engine = createEngine({ sagas: [definition], store, owner: 'mortal' })
  const run = await engine.start(definition, null, { id: 'x' })
  await run.result().catch(() => {})
  await engine.close()
  await close()
}
