import { createClock, createWatchedClock, decode, encode } from '@distrokit/hlc'
import { createDurableClock } from '@distrokit/hlc/durable'
import { createSharedClock } from '@distrokit/hlc/shared'
import { decodeTime, monotonicFactory } from 'ulid'
import { getHlcFunctions } from 'tinybase/common'
import { keep } from '../contestant.ts'
import type { Contestant, Suite } from '../contestant.ts'
import { peer } from '../machine.ts'

const tinybase = peer('tinybase')
const ulid = peer('ulid', 'monotonic')

/** The limit: nobody who asks for the time can be quicker. */
const date: Contestant = { name: 'Date.now', make: () => ({ run: (count) => { for (let i = 0; i < count; i++) keep(Date.now()) } }) }

/** A text as it comes off a line: in one piece, and shared with nothing. */
function received(text: string): string {
  return Buffer.from(text).toString()
}

/** Stamps of another node, close to now and all different. */
function remotes<Value>(next: () => Value): readonly Value[] {
  return Array.from({ length: 512 }, next)
}

export const suite: Suite = {
  package: 'hlc',
  note: 'one stamp beside one reading of the wall clock; tinybase and ulid make text, so `now as text` is theirs to compare with',
  cases: [
    {
      name: 'now', unit: 'stamp', baseline: 'Date.now',
      contestants: [
        date,
        {
          name: '@distrokit/hlc', make: () => {
            const clock = createClock({ node: 'a' })
            return { run: (count) => { for (let i = 0; i < count; i++) keep(clock.now()) } }
          },
        },
      ],
    },
    {
      name: 'now as text', unit: 'stamp', baseline: 'Date.now',
      contestants: [
        date,
        {
          name: '@distrokit/hlc', make: () => {
            const clock = createClock({ node: 'a' })
            return { run: (count) => { for (let i = 0; i < count; i++) keep(encode(clock.now())) } }
          },
        },
        {
          name: tinybase, make: () => {
            const [next] = getHlcFunctions('a')
            return { run: (count) => { for (let i = 0; i < count; i++) keep(next()) } }
          },
        },
        {
          name: ulid, make: () => {
            const next = monotonicFactory()
            return { run: (count) => { for (let i = 0; i < count; i++) keep(next()) } }
          },
        },
      ],
    },
    {
      name: 'receive', unit: 'stamp', baseline: 'Date.now',
      contestants: [
        date,
        {
          name: '@distrokit/hlc', make: () => {
            const other = createClock({ node: 'b' })
            const clock = createClock({ node: 'a' })
            const heard = remotes(() => other.now())
            return { run: (count) => { for (let i = 0; i < count; i++) keep(clock.receive(heard[i & 511] ?? other.now())) } }
          },
        },
        {
          name: '@distrokit/hlc, from text', make: () => {
            const other = createClock({ node: 'b' })
            const clock = createClock({ node: 'a' })
            const heard = remotes(() => encode(other.now()))
            return { run: (count) => { for (let i = 0; i < count; i++) keep(clock.receive(decode(heard[i & 511] ?? ''))) } }
          },
        },
        {
          name: `${tinybase}, from text`, make: () => {
            const [other] = getHlcFunctions('b')
            const [next, seen] = getHlcFunctions('a')
            const heard = remotes(() => other())
            return { run: (count) => { for (let i = 0; i < count; i++) { seen(heard[i & 511] ?? ''); keep(next()) } } }
          },
        },
      ],
    },
    {
      name: 'text to stamp', unit: 'stamp', baseline: '@distrokit/hlc',
      contestants: [
        {
          name: '@distrokit/hlc', make: () => {
            const other = createClock({ node: 'b' })
            const texts = remotes(() => received(encode(other.now())))
            return { run: (count) => { for (let i = 0; i < count; i++) keep(decode(texts[i & 511] ?? '')) } }
          },
        },
        {
          name: tinybase, make: () => {
            const [next, , , read] = getHlcFunctions('b')
            const texts = remotes(() => received(next()))
            return { run: (count) => { for (let i = 0; i < count; i++) keep(read(texts[i & 511] ?? '')) } }
          },
        },
        {
          name: `${ulid}, time only`, make: () => {
            const next = monotonicFactory()
            const texts = remotes(() => received(next()))
            return { run: (count) => { for (let i = 0; i < count; i++) keep(decodeTime(texts[i & 511] ?? '')) } }
          },
        },
      ],
    },
    {
      name: 'reserve 64', unit: 'stamp', baseline: 'Date.now',
      contestants: [
        date,
        {
          name: '@distrokit/hlc', make: () => {
            const clock = createClock({ node: 'a' })
            return { least: 64, run: (count) => { for (let i = 0; i < count; i += 64) for (const stamp of clock.reserve(64)) keep(stamp) } }
          },
        },
      ],
    },
    {
      name: 'now, watched, shared and durable', unit: 'stamp', baseline: 'Date.now',
      contestants: [
        date,
        {
          name: '@distrokit/hlc, watched', make: () => {
            const watched = createWatchedClock()
            const clock = createClock({ node: 'a', clock: watched })
            return { run: (count) => { for (let i = 0; i < count; i++) keep(clock.now()) }, close: () => watched[Symbol.dispose]() }
          },
        },
        {
          name: '@distrokit/hlc/shared', make: () => {
            const clock = createSharedClock({ node: 'a' })
            return { run: (count) => { for (let i = 0; i < count; i++) keep(clock.now()) } }
          },
        },
        {
          name: '@distrokit/hlc/durable, in memory', make: async () => {
            let mark: number | undefined
            const clock = await createDurableClock({ node: 'a', store: { load: () => mark, save: (markMs) => void (mark = markMs) } })
            return { run: (count) => { for (let i = 0; i < count; i++) keep(clock.now()) }, close: () => clock.close() }
          },
        },
      ],
    },
  ],
}
