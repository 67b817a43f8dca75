import { createDoc, s } from '@distrokit/crdt'
import { applyUpdate, Doc } from 'yjs'
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

export const suite: Suite = {
  package: 'crdt',
  note: 'one change at a time, each turned into bytes; maps of 1 000 keys, overwritten again and again',
  cases: [
    { name: 'map put', unit: 'change', baseline: yjs, contestants: [yjsPuts(false), ourPuts(false)] },
    { name: 'map put, applied there', unit: 'change', baseline: yjs, contestants: [yjsPuts(true), ourPuts(true)] },
    counting,
  ],
}
