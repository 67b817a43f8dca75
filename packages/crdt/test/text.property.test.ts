import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createDoc, s, type Patch } from '../src/index.ts'

const schema = s.doc({ note: s.text() })
const step = fc.oneof(
  fc.record({ type: fc.constant('insert' as const), who: fc.nat({ max: 2 }), at: fc.nat(), text: fc.constantFrom('a', 'bc', 'def', '😀', 'é\n') }),
  fc.record({ type: fc.constant('delete' as const), who: fc.nat({ max: 2 }), at: fc.nat(), length: fc.nat({ max: 3 }) }),
  fc.record({ type: fc.constant('deliver' as const), who: fc.nat({ max: 2 }), which: fc.nat() }),
)

/** An index that does not fall inside a surrogate pair. */
const boundary = (text: string, at: number): number => {
  const index = at % (text.length + 1)
  const unit = text.charCodeAt(index)
  return unit >= 0xdc00 && unit < 0xe000 ? index - 1 : index
}

function patched(text: string, patches: readonly Patch[]): string {
  return patches.reduce((now, patch) => (patch.type === 'splice' ? now.slice(0, patch.index) + patch.inserted + now.slice(patch.index + patch.deleted) : now), text)
}

describe('texts under random editing', () => {
  it('edit like a string locally, tell true patches, and end equal whatever the order of delivery', () => {
    fc.assert(fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const docs = ['a', 'b', 'c'].map((actor) => createDoc(schema, { actor }))
      const heard = docs.map(() => '')
      for (const [index, doc] of docs.entries()) doc.subscribe(({ patches }) => { heard[index] = patched(heard[index]!, patches) })
      const sent: Uint8Array[] = []
      for (const one of steps) {
        const doc = docs[one.who]!
        const before = doc.value.note
        if (one.type === 'insert') {
          const at = boundary(before, one.at)
          sent.push(doc.change((d) => d.note.insert(at, one.text))!)
          expect(doc.value.note).toBe(before.slice(0, at) + one.text + before.slice(at))
        } else if (one.type === 'delete') {
          const from = boundary(before, one.at)
          const to = boundary(before, Math.min(from + one.length, before.length))
          const bytes = doc.change((d) => d.note.delete(from, Math.max(0, to - from)))
          if (bytes !== undefined) sent.push(bytes)
          expect(doc.value.note).toBe(before.slice(0, from) + before.slice(Math.max(from, to)))
        } else if (sent.length > 0) doc.apply(sent[one.which % sent.length]!)
        expect(heard[one.who]).toBe(doc.value.note)
      }
      for (const a of docs) for (const b of [...docs, ...docs]) a.apply(b.save())
      for (const doc of docs) {
        expect(doc.value).toEqual(docs[0]!.value)
        expect(doc.save()).toEqual(docs[0]!.save())
      }
      const reader = createDoc(schema, { actor: 'reader' })
      for (const bytes of sent.toReversed()) reader.apply(bytes)
      expect(reader.save()).toEqual(docs[0]!.save())
    }), { numRuns: 300 })
  })

  it('never tear runs apart that were typed in one place, however the typing went', () => {
    const run = fc.record({ backwards: fc.boolean(), length: fc.integer({ min: 1, max: 6 }) })
    fc.assert(fc.property(fc.array(run, { minLength: 2, maxLength: 3 }), (runs) => {
      const base = createDoc(schema, { actor: 'base' })
      base.change((d) => d.note.insert(0, '[]'))
      const docs = runs.map(({ backwards, length }, index) => {
        const doc = createDoc(schema, { actor: 'xyz'[index]! })
        doc.apply(base.save())
        for (let typed = 0; typed < length; typed++) doc.change((d) => d.note.insert(backwards ? 1 : 1 + typed, 'xyz'[index]!))
        return doc
      })
      for (const doc of docs) base.apply(doc.save())
      expect(base.value.note).toMatch(/^\[(x+)?(y+)?(z+)?(x+)?(y+)?(x+)?\]$/)
      for (const [index, { length }] of runs.entries()) expect(base.value.note).toContain('xyz'[index]!.repeat(length))
    }))
  })
})
