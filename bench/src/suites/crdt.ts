import { createDoc, s } from '@distrokit/crdt'
import { applyUpdate, applyUpdateV2, Doc, encodeStateAsUpdateV2 } from 'yjs'
import { keep } from '../contestant.ts'
import type { Case, Contestant, Runner, Suite } from '../contestant.ts'
import { peer } from '../machine.ts'

const yjs = peer('yjs')
const keys = Array.from({ length: 1_000 }, (_, index) => `key-${index}`)
const courses = Array.from({ length: 400 }, (_, index) => `course-${index}`)
const puts = s.doc({ map: s.map(s.register<number>(0)) })
const clicks = s.doc({ byCourse: s.map(s.counter()) })

/** Takes a change's bytes: counts them, and hands them to another replica where there is one. */
interface Wire {
  send(bytes: Uint8Array | undefined): void
  facts(): Readonly<Record<string, number>>
}

function wire(deliver: (bytes: Uint8Array) => unknown = keep): Wire {
  let changes = 0
  let sent = 0
  return {
    send(bytes) {
      if (bytes === undefined) return
      changes += 1
      sent += bytes.length
      deliver(bytes)
    },
    facts: () => ({ 'bytes/change': sent / changes }),
  }
}

function yjsPuts(isApplied: boolean): Contestant {
  return {
    name: yjs, make(): Runner {
      const [here, there] = [new Doc(), new Doc()]
      const { send, facts } = isApplied ? wire((bytes) => applyUpdate(there, bytes)) : wire()
      here.on('update', (bytes: Uint8Array) => send(bytes))
      const map = here.getMap<number>('map')
      return { run(count) { for (let i = 0; i < count; i++) map.set(keys[i % 1_000] ?? '', i) }, facts }
    },
  }
}

function ourPuts(isApplied: boolean): Contestant {
  return {
    name: '@distrokit/crdt', make(): Runner {
      const [here, there] = [createDoc(puts, { actor: 'here' }), createDoc(puts, { actor: 'there' })]
      const { send, facts } = isApplied ? wire((bytes) => there.apply(bytes)) : wire()
      return { run(count) { for (let i = 0; i < count; i++) send(here.change((draft) => draft.map.set(keys[i % 1_000] ?? '', i))) }, facts }
    },
  }
}

/** What a region of DistroLearn does all day: one click counted here, and applied in another region. */
const counting: Case = {
  name: 'one of 400 counters, applied there', unit: 'change', baseline: '@distrokit/crdt',
  contestants: [
    {
      name: '@distrokit/crdt', make(): Runner {
        const [here, there] = [createDoc(clicks, { actor: 'eu' }), createDoc(clicks, { actor: 'us' })]
        const { send, facts } = wire((bytes) => there.apply(bytes))
        return { run(count) { for (let i = 0; i < count; i++) send(here.change((draft) => draft.byCourse.get(courses[i % 400] ?? '').add(2))) }, facts }
      },
    },
  ],
}

/** How long a put takes where nobody waits for each: a file that is imported, a migration. Each slice fills a document of its own. */
const bulk: Case = {
  name: 'puts in one change', unit: 'put', baseline: yjs,
  contestants: [
    {
      name: yjs, make: (): Runner => ({
        run(count) {
          const doc = new Doc()
          const map = doc.getMap<number>('map')
          doc.transact(() => { for (let i = 0; i < count; i++) map.set(`key-${i}`, i) })
          keep(doc)
        },
      }),
    },
    {
      name: '@distrokit/crdt', make: (): Runner => ({
        run(count) {
          const doc = createDoc(puts, { actor: 'here' })
          doc.edit(({ map }) => { for (let i = 0; i < count; i++) map.set(`key-${i}`, i) })
          keep(doc)
        },
      }),
    },
  ],
}

/** Two replicas of 10 000 keys, of which half are the same, meet for the first time; both are read from their bytes. */
const meeting: Case = {
  name: 'two states of 10 000 keys meet', unit: 'meeting', baseline: yjs,
  contestants: [
    {
      name: yjs, make(): Runner {
        const [left, right] = [0, 5_000].map((first) => {
          const doc = new Doc()
          doc.transact(() => { for (let i = first; i < first + 10_000; i++) doc.getMap<number>('map').set(`key-${i}`, i) })
          return encodeStateAsUpdateV2(doc)
        }) as [Uint8Array, Uint8Array]
        return {
          run(count) {
            for (let i = 0; i < count; i++) {
              const doc = new Doc()
              for (const bytes of [left, right]) applyUpdateV2(doc, bytes)
              keep(doc)
            }
          },
          facts: () => ({ 'bytes/state': left.length }),
        }
      },
    },
    {
      name: '@distrokit/crdt', make(): Runner {
        const [left, right] = ['left', 'right'].map((actor, index) => {
          const doc = createDoc(puts, { actor })
          doc.edit(({ map }) => { for (let i = index * 5_000; i < index * 5_000 + 10_000; i++) map.set(`key-${i}`, i) })
          return doc.save()
        }) as [Uint8Array, Uint8Array]
        return {
          run(count) {
            for (let i = 0; i < count; i++) {
              const doc = createDoc(puts, { actor: 'reader' })
              for (const bytes of [left, right]) doc.apply(bytes)
              keep(doc)
            }
          },
          facts: () => ({ 'bytes/state': left.length }),
        }
      },
    },
  ],
}

export const suite: Suite = {
  package: 'crdt',
  note: 'one change at a time, each turned into bytes, on maps of 1 000 keys that are overwritten again and again; then many puts in one change, and whole states',
  cases: [
    { name: 'map put', unit: 'change', baseline: yjs, contestants: [yjsPuts(false), ourPuts(false)] },
    { name: 'map put, applied there', unit: 'change', baseline: yjs, contestants: [yjsPuts(true), ourPuts(true)] },
    counting,
    bulk,
    meeting,
  ],
}
