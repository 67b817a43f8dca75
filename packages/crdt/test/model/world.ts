/**
 * Three replicas, each beside the slow model's idea of it (the messages that it was given): programs of changes, deliveries of anything that was ever sent, whole
 * states, catching up and restarts. After each step a replica must show what the model makes of its messages.
 */
import * as fc from 'fast-check'
import { expect } from 'vitest'
import { createDoc, loadDoc, type Doc, type DraftOf, type Type } from '../../src/index.ts'

export interface Edit {
  readonly kind: 'insert' | 'delete' | 'move'
  readonly at: number
  readonly to: number
  readonly size: number
}

export interface Model<T extends Type, M> {
  readonly schema: T
  begin(actor: string, heard: ReadonlySet<M>): M
  /** Makes the same edit in the document and in the message, which is among those heard already. */
  edit(draft: DraftOf<T>, message: M, heard: ReadonlySet<M>, edit: Edit): void
  /** What a replica can show of the messages that it was given. */
  standing(heard: ReadonlySet<M>): Set<M>
  check(value: Doc<T>['value'], heard: ReadonlySet<M>): void
  /** What a writer's clock says when it begins a message; without it replicas count by themselves. */
  stamp?(message: M): number
}

const who = fc.nat({ max: 2 })
const edit = (weights: Record<Edit['kind'], number>): fc.Arbitrary<Edit> => fc.record({
  kind: fc.oneof(...Object.entries(weights).map(([kind, weight]) => ({ weight, arbitrary: fc.constant(kind as Edit['kind']) }))),
  at: fc.nat({ max: 99 }), to: fc.nat({ max: 99 }), size: fc.nat({ max: 3 }),
})

export type Step =
  | { readonly type: 'change'; readonly who: number; readonly edits: readonly Edit[] }
  | { readonly type: 'deliver'; readonly who: number; readonly which: number }
  | { readonly type: 'catchUp' | 'merge'; readonly who: number; readonly from: number }
  | { readonly type: 'restart'; readonly who: number }

export const program = (weights: Record<Edit['kind'], number>): fc.Arbitrary<Step[]> => fc.array<Step>(fc.oneof(
  { weight: 10, arbitrary: fc.record({ type: fc.constant('change' as const), who, edits: fc.array(edit(weights), { minLength: 1, maxLength: 2 }) }) },
  { weight: 7, arbitrary: fc.record({ type: fc.constant('deliver' as const), who, which: fc.nat({ max: 99 }) }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constant('catchUp' as const), who, from: who }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('merge' as const), who, from: who }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('restart' as const), who }) },
), { maxLength: 30, size: 'max' })

/** Runs a program, after a beginning by the first replica of which all have heard; returns all that was sent, and how often a replica had to let something wait. */
export function play<T extends Type, M>(model: Model<T, M>, steps: readonly Step[], beginning: readonly Edit[] = []): { readonly sent: M[]; readonly waits: number } {
  let now = 0
  const optionsOf = (actor: string) => ({ actor, ...(model.stamp === undefined ? {} : { clock: { now: () => ({ ms: now, count: 0, node: actor }) } }) })
  const peers = ['a', 'b', 'c'].map((actor) => ({ actor, doc: createDoc(model.schema, optionsOf(actor)), heard: new Set<M>() }))
  const sent: { readonly bytes: Uint8Array; readonly message: M }[] = []
  let waits = 0

  const first: Step[] = beginning.map((edit) => ({ type: 'change', who: 0, edits: [edit] }))
  const heard: Step[] = [1, 2].map((who) => ({ type: 'merge', who, from: 0 }))
  for (const one of [...first, ...heard, ...steps]) {
    const peer = peers[one.who]!
    if (one.type === 'change') {
      const message = model.begin(peer.actor, peer.heard)
      now = model.stamp?.(message) ?? 0
      peer.heard.add(message)
      const bytes = peer.doc.change((draft) => { for (const edit of one.edits) model.edit(draft, message, peer.heard, edit) })
      if (bytes === undefined) peer.heard.delete(message)
      else sent.push({ bytes, message })
    } else if (one.type === 'deliver' && sent.length > 0) {
      const { bytes, message } = sent[one.which % sent.length]!
      peer.doc.apply(bytes)
      peer.heard.add(message)
    } else if (one.type === 'catchUp' || one.type === 'merge') {
      const from = peers[one.from]!
      const bytes = one.type === 'merge' ? from.doc.save() : from.doc.changesSince(peer.doc.version())
      if (bytes !== undefined) peer.doc.apply(bytes)
      for (const message of model.standing(from.heard)) peer.heard.add(message)
    } else if (one.type === 'restart') {
      // What waited is lost, and comes again.
      peer.doc = loadDoc(model.schema, peer.doc.save(), optionsOf(peer.actor))
      peer.heard = model.standing(peer.heard)
    }
    model.check(peer.doc.value, peer.heard)
    if (model.standing(peer.heard).size < peer.heard.size) waits++
  }

  const everything = new Set(sent.map(({ message }) => message))
  const reader = createDoc(model.schema, { actor: 'reader' })
  for (const { bytes } of sent.toReversed()) reader.apply(bytes)
  for (const { doc } of peers) {
    for (const { bytes } of sent) doc.apply(bytes)
    model.check(doc.value, everything)
    expect(doc.digest()).toBe(reader.digest())
    expect(doc.save()).toEqual(reader.save())
  }
  return { sent: [...everything], waits }
}
