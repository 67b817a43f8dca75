import { connect } from '@nats-io/transport-node'
import { Pool } from 'pg'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { describeWith } from '../../../tools/services/index.ts'
import { joinSubject, type NatsConnection } from '../src/adapters/nats.ts'
import { postgresStorage } from '../src/adapters/postgres.ts'
import { checkStorage } from '../src/adapters/testing.ts'
import { createDoc, s } from '../src/index.ts'
import { keepDoc } from '../src/storage.ts'
import { createSync } from '../src/sync.ts'

const schema = s.doc({ votes: s.counter() })

describeWith('postgres', 'documents in PostgreSQL', (url) => {
  const table = `crdt_test_${process.pid}`
  let pool: Pool
  beforeAll(() => { pool = new Pool({ connectionString: url, max: 4 }) })
  afterAll(async () => {
    await pool.query(`DROP TABLE IF EXISTS ${table}_log, ${table}_snapshot`)
    await pool.end()
  })

  it('pass the conformance suite, also when several come at once', async () => {
    const open = () => postgresStorage({ pool, table })
    await Promise.all([open(), open(), open()])
    await checkStorage(open)
  })

  it('keep two documents of one name apart from others', async () => {
    const kept = await keepDoc(schema, await postgresStorage({ pool, table, name: 'two' }), { actor: 'a', foldAfter: 2 })
    for (let index = 0; index < 5; index++) kept.doc.edit((d) => d.votes.add(1))
    await kept[Symbol.asyncDispose]()
    const again = await keepDoc(schema, await postgresStorage({ pool, table, name: 'two' }), { actor: 'a' })
    expect(again.doc.value.votes).toBe(5)
    await expect(postgresStorage({ pool, table: 'x; DROP TABLE y' })).rejects.toThrow(/letters/)
  })
})

describeWith('nats', 'documents over NATS', (url) => {
  it('keep each other equal on one subject, late comers too', async () => {
    const connections = await Promise.all([0, 1, 2].map(() => connect({ servers: url })))
    const docs = ['a', 'b', 'c'].map((actor) => createDoc(schema, { actor }))
    const join = (index: number): Disposable => joinSubject(createSync(docs[index]!), connections[index]! as unknown as NatsConnection, `crdt.test.${process.pid}`)
    const joined = [join(0), join(1)]
    await Promise.all(connections.map((connection) => connection.flush()))
    docs[0]!.edit((d) => d.votes.add(1))
    joined.push(join(2))
    docs[1]!.edit((d) => d.votes.add(10))
    await vi.waitFor(() => expect(docs.map((doc) => doc.value.votes)).toEqual([11, 11, 11]), { timeout: 10_000, interval: 5 })
    expect(new Set(docs.map((doc) => doc.digest())).size).toBe(1)
    connections[0]!.publish(`crdt.test.${process.pid}`, new Uint8Array([255, 255, 1]))
    for (const one of joined) one[Symbol.dispose]()
    await Promise.all(connections.map((connection) => connection.close()))
  })
})
