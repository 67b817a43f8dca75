/**
 * The small scope, whole: every program of a few operations by three replicas, each of which has heard all or nothing of the others before it acts, and every order of
 * delivery to a fourth. After each operation and each delivery the value is what the slow model makes of what was heard; in the end equal states are equal bytes.
 * Three operations in every run, four with EXHAUSTIVE=4 (minutes).
 */
import { describe, expect, it } from 'vitest'
import { createDoc, type Doc } from '../src/index.ts'
import { scopes } from './model/scopes.ts'

const MOST = Number(process.env['EXHAUSTIVE'] ?? 3)
const names = ['a', 'b', 'c']

const orders: Record<number, number[][]> = { 0: [[]] }
const ordersOf = (size: number): number[][] => (orders[size] ??= ordersOf(size - 1).flatMap((order) => Array.from({ length: size }, (_, at) => order.toSpliced(at, 0, size - 1))))

describe.each(Object.entries(scopes))('every small program on a %s', (_name, { schema, model }) => {
  it('shows what the slow model says in any order of delivery, and ends in the same bytes', () => {
    const choices = names.flatMap((actor) => model().operations.flatMap((_run, operation) => [false, true].map((hears) => ({ actor, operation, hears }))))
    let programs = 0

    function run(program: readonly (typeof choices)[number][]): void {
      const small = model()
      const sent: { readonly bytes: Uint8Array; readonly message: unknown }[] = []
      const peers = new Map(names.map((actor) => [actor, { doc: create(actor), heard: new Set<unknown>() }]))
      const before: typeof sent = []
      if (small.beginning !== undefined) before.push(act(create('base'), new Set(), 'base', small.beginning)!)
      for (const { doc, heard } of peers.values()) hear(doc, heard, before)

      function act(doc: Doc, heard: Set<unknown>, name: string, run: (typeof small.operations)[number]): (typeof sent)[number] | undefined {
        const message = small.begin(doc.actor, heard)
        heard.add(message)
        const bytes = doc.change((draft) => run((draft as unknown as { it: unknown }).it, message, heard, name))
        if (bytes === undefined) heard.delete(message)
        return bytes && { bytes, message }
      }

      function hear(doc: Doc, heard: Set<unknown>, what: typeof sent): void {
        for (const { bytes, message } of what) {
          doc.apply(bytes)
          heard.add(message)
        }
      }

      /** The value by what was heard of. The first to come there is compared with the model, whoever comes by another way with the first. */
      const found = new Map<string, string>()
      function check(doc: Doc, heard: ReadonlySet<unknown>): void {
        const { it } = doc.value as { it: never }
        const value = JSON.stringify(it)
        const key = sent.map(({ message }) => heard.has(message)).join()
        if (!found.has(key)) {
          same('shown', small.shown === undefined ? value : JSON.stringify(small.shown(it, heard)), JSON.stringify(small.expected(heard)))
          found.set(key, value)
        } else same('value', value, found.get(key)!)

        function same(what: string, is: string, wanted: string): void {
          if (is !== wanted) expect({ program, actor: doc.actor, heard: key, [what]: is }).toEqual({ program, actor: doc.actor, heard: key, [what]: wanted })
        }
      }

      for (const [index, { actor, operation, hears }] of program.entries()) {
        const { doc, heard } = peers.get(actor)!
        if (hears) hear(doc, heard, sent)
        const made = act(doc, heard, `${actor}${index}`, small.operations[operation]!)
        if (made !== undefined) sent.push(made)
        found.clear()
        check(doc, heard)
      }
      programs++

      let digest: string | undefined
      for (const order of ordersOf(sent.length)) {
        const reader = { doc: create('reader'), heard: new Set<unknown>() }
        hear(reader.doc, reader.heard, before)
        for (const index of order) {
          hear(reader.doc, reader.heard, [sent[index]!])
          check(reader.doc, reader.heard)
        }
        digest ??= reader.doc.digest()
        if (reader.doc.digest() !== digest) expect({ order, program, value: reader.doc.value }).toBe('in the same bytes as after the first order')
      }
      for (const { doc, heard } of peers.values()) {
        hear(doc, heard, sent)
        check(doc, heard)
        if (doc.digest() !== digest) expect({ actor: doc.actor, program, value: doc.value }).toBe('in the same bytes as the reader')
      }
    }

    const create = (actor: string): Doc => createDoc(schema, { actor }) as never

    function extend(program: readonly (typeof choices)[number][]): void {
      if (program.length === MOST) return run(program)
      // Replicas differ only in name, so one of them is the first to act: the middle one, as equal stamps and siblings are decided by name.
      for (const choice of choices) if (program.length > 0 || choice.actor === 'b') extend([...program, choice])
    }
    extend([])
    expect(programs).toBe((choices.length / names.length) * choices.length ** (MOST - 1))
  }, 1_800_000)
})
