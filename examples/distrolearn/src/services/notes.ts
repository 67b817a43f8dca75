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
  const read = (): string => store.replica.value.notes.join('\n')
  return {
    append: (line, requestKey) => store.once(requestKey, (draft) => { draft.notes.add(line); return { length: 1 } }),
    read,
    bound: maxLength,
  }
}
