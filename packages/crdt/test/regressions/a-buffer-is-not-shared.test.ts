import { describe, expect, it } from 'vitest'
import { createDoc, s } from '../../src/index.ts'

const schema = s.doc({ note: s.text() })

describe('bytes in a Buffer', () => {
  it('that waits for others may be written over meanwhile: a Buffer\'s own slice() shares its memory', () => {
    const [author, reader] = [createDoc(schema, { actor: 'author' }), createDoc(schema, { actor: 'reader' })]
    const first = author.change((d) => d.note.insert(0, 'one'))!
    const second = author.change((d) => d.note.insert(3, ' two'))!
    const pool = Buffer.from(second)
    expect(reader.apply(pool)).toMatchObject({ applied: 0, pending: 4 })
    pool.fill(0)
    expect(reader.apply(first)).toMatchObject({ applied: 3 })
    expect(reader.value.note).toBe('one two')
  })
})
