import { jetstream, jetstreamManager } from '@nats-io/jetstream'
import { connect } from '@nats-io/transport-node'
import { Pool } from 'pg'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { describeWith } from '../../../tools/services/index.ts'
import { joinStream, joinSubject, type JetStream, type NatsConnection, type StreamManager, type StreamOptions } from '../src/adapters/nats.ts'
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

describeWith('nats', 'a document in a JetStream', (url) => {
  const stream = `crdt_test_${process.pid}`
  const subject = `crdt.stream.${process.pid}`
  let connection: Awaited<ReturnType<typeof connect>>
  let manager: Awaited<ReturnType<typeof jetstreamManager>>
  const options = (extra: Partial<StreamOptions> = {}): StreamOptions =>
    ({ jetstream: jetstream(connection) as unknown as JetStream, manager: manager as unknown as StreamManager, stream, subject, ...extra })
  beforeAll(async () => {
    connection = await connect({ servers: url })
    manager = await jetstreamManager(connection)
    await manager.streams.add({ name: stream, subjects: [subject] })
  })
  afterAll(async () => {
    await manager.streams.delete(stream)
    await connection.close()
  })

  it('reaches replicas that are never there at the same time, offline work and collections with it', async () => {
    const schema = s.doc({ votes: s.counter(), note: s.text() })
    const first = createDoc(schema, { actor: 'a' })
    first.edit((d) => { d.votes.add(1); d.note.insert(0, 'before') })
    const one = await joinStream(first, options())
    for (let index = 0; index < 5; index++) first.edit((d) => d.votes.add(1))
    first.edit((d) => d.note.delete(0, 3))
    expect(createSync(first, { members: ['a'] }).collect()).toBe(true)
    first.edit((d) => d.note.insert(0, 'there'))
    await one[Symbol.asyncDispose]()

    const second = createDoc(schema, { actor: 'b' })
    const two = await joinStream(second, options())
    expect(second.save()).toEqual(first.save())
    second.edit((d) => d.votes.add(10))
    await two[Symbol.asyncDispose]()
    first.edit((d) => d.votes.add(100))
    await using again = await joinStream(first, options())
    await again.flush()
    expect(first.value).toEqual({ votes: 116, note: 'thereore' })
    await using _late = await joinStream(second, options())
    expect(second.save()).toEqual(first.save())
  })

  it('folds itself, keeps what it lacks for the time when it answers, and tells of what is none', async () => {
    const schema = s.doc({ votes: s.counter(), note: s.text() })
    const doc = createDoc(schema, { actor: 'c' })
    let failing = false
    const real = options()
    const errors: unknown[] = []
    let retry = (): void => {}
    const joined = await joinStream(doc, {
      ...real, foldAfter: 5, onError: (error) => errors.push(error),
      clock: { after: (_ms, run) => { retry = run; return { cancel() {} } } },
      jetstream: { ...real.jetstream, consumers: real.jetstream.consumers, publish: (to, bytes) => (failing ? Promise.reject(new Error('no answer')) : real.jetstream.publish(to, bytes)) },
    })
    for (let index = 0; index < 20; index++) { doc.edit((d) => d.votes.add(1)); await joined.flush() }
    await vi.waitFor(async () => expect((await manager.streams.info(stream)).state.messages).toBeLessThan(15))
    failing = true
    doc.edit((d) => d.votes.add(1))
    await expect(joined.flush()).rejects.toThrow('no answer')
    failing = false
    retry()
    await joined.flush()
    await real.jetstream.publish(subject, new Uint8Array([1, 2, 3]))
    await vi.waitFor(() => expect(errors.map(String)).toEqual([expect.stringContaining('no answer'), expect.stringContaining('damaged')]))
    await joined[Symbol.asyncDispose]()
    const reader = createDoc(schema, { actor: 'reader' })
    await using _reading = await joinStream(reader, { ...real, onError: () => {} })
    expect(reader.save()).toEqual(doc.save())
  })
})
