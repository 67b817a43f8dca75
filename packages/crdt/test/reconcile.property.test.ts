/** Finding differences by ranges: two replicas that know of very many actors, some with gaps, end with the same knowledge and tell little else. */
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createDoc, s, type VersionVector } from '../src/index.ts'
import { answerRanges, areRanges, openRanges } from '../src/core/reconcile.ts'
import { covers, joinVersions } from '../src/core/version.ts'
import { createSync, type Session } from '../src/sync.ts'

/** The obvious model: everybody tells everything. */
const entry = fc.oneof(fc.integer({ min: 1, max: 9 }), fc.tuple(fc.nat(5), fc.nat(3), fc.nat(3)).map(([head, hole, more]) => [head, head + 2 + hole, head + 2 + hole + more]))
const versions = fc.dictionary(fc.string({ minLength: 1, maxLength: 3 }).filter((id) => id !== '__proto__' && id.isWellFormed()), entry, { maxKeys: 120, size: 'max' })

describe('reconciliation by ranges', () => {
  it('tells each side exactly what the other lacks', () => {
    fc.assert(fc.property(versions, versions, fc.boolean(), (common, other, both) => {
      const a: VersionVector = common
      const b: VersionVector = both ? joinVersions(common, other) : Object.fromEntries(Object.entries(common).filter((_, index) => index % 7 > 0))
      const sides = [{ version: a, peer: {} as VersionVector, sent: a }, { version: b, peer: {} as VersionVector, sent: b }]
      let ranges = openRanges(a)
      for (let turn = 1; ranges.length > 0; turn++) {
        const side = sides[turn % 2]!
        expect(areRanges(JSON.parse(JSON.stringify(ranges)))).toBe(true)
        const { reply, known, lacking } = answerRanges(side.version, side.version, JSON.parse(JSON.stringify(ranges)) as typeof ranges)
        side.peer = { ...side.peer, ...known }
        // What goes out now: all that is lacking and is here.
        side.sent = Object.fromEntries(Object.entries(side.sent).filter(([actor, known]) => covers(lacking, { [actor]: known })))
        ranges = reply
        expect(turn).toBeLessThan(8)
      }
      const [left, right] = sides as [typeof sides[0], typeof sides[0]]
      // What was never sent is what the other had: nothing more was sent, and nothing less.
      for (const [mine, theirs] of [[left, right], [right, left]] as const) {
        expect(mine!.peer).toEqual(Object.fromEntries(Object.entries(theirs!.version)))
        expect(mine!.sent).toEqual(Object.fromEntries(Object.entries(mine!.version).filter(([actor, known]) => covers(theirs!.version, { [actor]: known }))))
      }
    }), { numRuns: 300 })
  })

  it('fills differing gaps among a thousand actors with small messages', () => {
    const schema = s.doc({ votes: s.counter(), tags: s.set() })
    const docs = ['a', 'b'].map((actor) => createDoc(schema, { actor }))
    for (let index = 0; index < 1000; index++) {
      const author = createDoc(schema, { actor: `author ${index}` })
      const changes = Array.from({ length: 3 }, () => author.change((d) => d.votes.add(1))!)
      for (const [at, bytes] of changes.entries()) {
        if (index % 500 !== 3 || at !== 1) docs[0]!.apply(bytes)
        if (index % 600 !== 10 || at !== 0) docs[1]!.apply(bytes)
      }
    }
    let told = 0
    const queue: (() => void)[] = []
    const post = (to: () => Session) => (bytes: Uint8Array): void => {
      told += bytes.length
      queue.push(() => void to().receive(bytes))
    }
    const [one, two] = docs.map((doc) => createSync(doc)) as [ReturnType<typeof createSync>, ReturnType<typeof createSync>]
    one.onEvent((event) => { if (event.type === 'refused') throw new Error(String(event.error)) })
    const left: Session = one.connect(post(() => right))
    const right: Session = two.connect(post(() => left))
    const settle = (): void => { for (let next = queue.shift(); next !== undefined; next = queue.shift()) next() }
    left.hello()
    settle()
    expect(docs[0]!.version()).toEqual(docs[1]!.version())
    expect(docs[0]!.save()).toEqual(docs[1]!.save())
    expect(docs[0]!.value.votes).toBe(3000)
    expect(told).toBeLessThan(JSON.stringify(docs[0]!.version()).length)
    expect([covers(left.version, docs[1]!.version()), covers(right.version, docs[0]!.version())]).toEqual([true, true])
    told = 0
    left.hello()
    settle()
    expect(told).toBeLessThan(4000)
  })
})
