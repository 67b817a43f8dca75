// Promise: eventual. A learner's preferences can always be read and set, at any region; the last writer wins everywhere alike.

import type { ReplicaStore } from '../replica/store.ts'

export interface Preferences {
  set(learner: string, key: string, value: string, requestKey: string): { readonly key: string; readonly value: string }
  of(learner: string): Readonly<Record<string, string>>
}

export function createPreferences(store: ReplicaStore): Preferences {
  return {
    set: (learner, key, value, requestKey) =>
      store.once(requestKey, (draft) => {
        draft.preferences.get(`${learner}/${key}`).set(value)
        return { key, value }
      }),
    of: (learner) => {
      const own = `${learner}/`
      const values: Record<string, string> = {}
      for (const [key, value] of Object.entries(store.replica.value.preferences)) {
        if (key.startsWith(own)) values[key.slice(own.length)] = value
      }
      return values
    },
  }
}
