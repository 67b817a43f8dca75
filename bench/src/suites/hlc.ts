import { createClock, decode, encode } from '@distrokit/hlc'
import { monotonicFactory } from 'ulid'
import { getHlcFunctions } from 'tinybase/common'
import { keep } from '../contestant.ts'
import type { Suite } from '../contestant.ts'
import { peer } from '../machine.ts'

const tinybase = peer('tinybase')
const ulid = peer('ulid', 'monotonic')

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
        { name: 'Date.now', make: () => ({ run: (count) => { for (let i = 0; i < count; i++) keep(Date.now()) } }) },
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
        { name: 'Date.now', make: () => ({ run: (count) => { for (let i = 0; i < count; i++) keep(Date.now()) } }) },
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
        { name: 'Date.now', make: () => ({ run: (count) => { for (let i = 0; i < count; i++) keep(Date.now()) } }) },
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
  ],
}
