import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { scopes } from './model/scopes.ts'
import { play, program } from './model/world.ts'

/** Those whose operations have places or indices have tests of their own. */
const plain = Object.entries(scopes).filter(([name]) => !['text', 'list', 'movable list', 'tree'].includes(name))

describe.each(plain)('long programs on a %s', (_name, { schema, model }) => {
  it('show after every step what the slow model makes of what was heard', () => {
    let changes = 0
    fc.assert(fc.property(program({ insert: 1, delete: 0, move: 0 }), (steps) => {
      const small = model()
      let names = 0
      const { sent } = play<typeof schema, unknown>({
        schema,
        begin: small.begin,
        ...(small.stamp === undefined ? {} : { stamp: small.stamp }),
        edit: (draft, message, heard, { at }) => small.operations[at % small.operations.length]!((draft as unknown as { it: unknown }).it, message, heard, `n${names++}`),
        standing: (heard) => new Set(heard),
        check: (value, heard) => expect((value as { it: unknown }).it).toEqual(small.expected(heard)),
      }, steps)
      changes += sent.length
    }), { numRuns: 100 })
    expect(changes).toBeGreaterThan(200)
  })
})
