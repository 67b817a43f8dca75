/** What a change leaves behind for others to read: nothing when it throws, and otherwise patches that make the old value the new one. */
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createDoc, s, type DraftOf, type Patch } from '../src/index.ts'

const schema = s.doc({
  title: s.register(''),
  prefs: s.map(s.register<number>()),
  tags: s.set<string>(),
  rights: s.removeWinsSet<string>(),
  clicks: s.map(s.counter()),
  note: s.text(),
  cards: s.movableList(s.register('')),
})
type Draft = DraftOf<typeof schema>

const key = fc.constantFrom('p', 'q', 'r')
const step: fc.Arbitrary<(d: Draft) => unknown> = fc.oneof(
  key.map((value) => (d: Draft) => d.title.set(value)),
  fc.constant((d: Draft) => d.title.clear()),
  fc.tuple(key, fc.nat(9)).map(([at, value]) => (d: Draft) => d.prefs.set(at, value)),
  key.map((at) => (d: Draft) => d.prefs.delete(at)),
  key.map((at) => (d: Draft) => d.tags.add(at)),
  key.map((at) => (d: Draft) => d.tags.delete(at)),
  key.map((at) => (d: Draft) => d.rights.add(at)),
  key.map((at) => (d: Draft) => d.rights.delete(at)),
  fc.tuple(key, fc.integer({ min: -9, max: 9 })).map(([at, amount]) => (d: Draft) => d.clicks.get(at).add(amount)),
  key.map((at) => (d: Draft) => d.clicks.delete(at)),
  key.map((text) => (d: Draft) => d.note.insert(0, text)),
  fc.constant((d: Draft) => { if (d.note.length > 0) d.note.delete(0, 1) }),
  key.map((card) => (d: Draft) => d.cards.insert(0, card)),
  fc.constant((d: Draft) => { if (d.cards.length > 0) d.cards.delete(0) }),
  // A value that is read in the midst of a change must be seen to change afterwards.
  fc.constant((d: Draft) => [d.cards.value, d.note.value, d.prefs.read('p')]),
)
const steps = fc.array(step, { maxLength: 12 })

type Plain = { title: string; prefs: Record<string, unknown>; tags: string[]; rights: string[]; clicks: Record<string, number>; note: string; cards: readonly unknown[] }

/** Patches done to a plain copy, as a reader would do them. */
function patched(before: unknown, patches: readonly Patch[]): Plain {
  const value = structuredClone(before) as Plain
  for (const patch of patches) {
    const [field, at] = patch.path as [keyof Plain, string | undefined]
    if (patch.type === 'replace') value.cards = patch.value as unknown[]
    else if (patch.type === 'splice') value.note = value.note.slice(0, patch.index) + (patch.inserted as string) + value.note.slice(patch.index + patch.deleted)
    else if (patch.type === 'count') value.clicks[at!] = (value.clicks[at!] ?? 0) + patch.amount
    else if (patch.type === 'add') value[field as 'tags'] = [...value[field as 'tags'], patch.element as string].sort()
    else if (patch.type === 'delete') value[field as 'tags'] = value[field as 'tags'].filter((element) => element !== patch.element)
    else if (at === undefined) value.title = patch.value as string
    else if (patch.value === undefined) delete value.prefs[at]
    else value.prefs[at] = patch.value
  }
  return value
}

/** A counter that was deleted and one that was never there show alike; a count of nothing is no key. */
const shown = (value: unknown): unknown => ({ ...(value as Plain), clicks: Object.fromEntries(Object.entries((value as Plain).clicks).filter(([, count]) => count !== 0)) })

describe('a change', () => {
  it('that throws leaves everything as it was, byte for byte, and its value too', () => {
    fc.assert(fc.property(steps, steps, fc.boolean(), (first, second, reads) => {
      const doc = createDoc(schema, { actor: 'a' })
      doc.edit((d) => { for (const run of first) run(d) })
      const bytes = doc.save()
      const value = structuredClone(doc.value)
      expect(() => doc.edit((d) => {
        for (const run of second) {
          run(d)
          if (reads) void doc.value
        }
        throw new Error('no')
      })).toThrow('no')
      expect(doc.value).toEqual(value)
      expect(doc.save()).toEqual(bytes)
    }))
  })

  it('tells patches that make the old value the new one, here and where it is applied', () => {
    fc.assert(fc.property(steps, steps, (first, second) => {
      const [here, there] = [createDoc(schema, { actor: 'a' }), createDoc(schema, { actor: 'b' })]
      const told: (readonly Patch[])[] = []
      here.subscribe(({ patches }) => void told.push(patches))
      const opening = here.change((d) => { for (const run of first) run(d) })
      if (opening !== undefined) there.apply(opening)
      told.length = 0
      const before = structuredClone(here.value)
      const bytes = here.change((d) => { for (const run of second) run(d) })
      expect(shown(patched(before, told[0] ?? []))).toEqual(shown(here.value))
      if (bytes === undefined) return
      const result = there.apply(bytes)
      // Patches of an applied change are those of that moment, whenever they are read.
      there.edit((d) => { d.prefs.set('p', -1); d.tags.clear(); d.title.set('later') })
      expect(shown(patched(before, result.changes))).toEqual(shown(here.value))
    }))
  })
})
