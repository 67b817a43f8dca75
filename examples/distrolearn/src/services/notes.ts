// Promise: eventual. Everybody writes into the same notes at once, offline too; no line is lost or torn apart.

import type { ReplicaStore } from '../replica/store.ts'

/** UTF-16 units that the shared notes may reach; beyond it the oldest line gives way. */
const maxLength = 8_000

export interface Notes {
  append(line: string, requestKey: string): { readonly length: number }
  read(): string
  readonly bound: number
}

export function createNotes(store: ReplicaStore): Notes {
  const read = (): string => store.replica.value.notes
  return {
    append: (line, requestKey) =>
      store.once(requestKey, (draft) => {
        const before = read()
        const text = `${line.replaceAll(/\s+/g, ' ').trim()}\n`
        draft.notes.insert(before.length, text)
        const surplus = before.length + text.length - maxLength
        if (surplus > 0) draft.notes.delete(0, Math.min(before.length, before.indexOf('\n', surplus - 1) + 1 || surplus))
        return { length: before.length + text.length }
      }),
    read,
    bound: maxLength,
  }
}
