import { createRandom, createWorld, faults, manualClock } from '@distrokit/chaos'
import type { Env } from '@distrokit/chaos'
import { keep } from '../contestant.ts'
import type { Contestant, Suite } from '../contestant.ts'

const answer = new Response(null, { status: 204 })
const bareFetch = (() => Promise.resolve(answer)) as typeof fetch

/** A world of three nodes. One count is one of its turns: a timer that fires, or a message that arrives. */
function world(name: string, build: (env: Env) => void): Contestant {
  return {
    name, make() {
      const made = createWorld({ seed: 'bench', nodes: 3 })
      for (const node of made.nodes) node.start(build)
      return {
        async run(count) {
          const enough = made.events + count
          while (made.events < enough) await made.run(60_000, () => made.events >= enough)
        },
      }
    },
  }
}

function tick({ clock }: Env): void {
  const again = (): void => void clock.after(1, again)
  again()
}

function chatter({ net }: Env): void {
  net.onMessage((from, bytes) => net.send(from, bytes))
  for (const peer of net.peers) net.send(peer, new Uint8Array(64))
}

export const suite: Suite = {
  package: 'chaos',
  note: 'what a simulated world costs per event: the fewer nanoseconds, the more worlds a night can try',
  cases: [
    {
      name: 'random number', unit: 'number', baseline: 'Math.random',
      contestants: [
        { name: 'Math.random', make: () => ({ run: (count) => { for (let i = 0; i < count; i++) keep(Math.random()) } }) },
        {
          name: 'createRandom', make() {
            const random = createRandom('bench')
            return { run: (count) => { for (let i = 0; i < count; i++) keep(random()) } }
          },
        },
      ],
    },
    {
      name: 'timer set and fired', unit: 'event', baseline: 'queueMicrotask',
      contestants: [
        {
          name: 'queueMicrotask', make: () => ({
            async run(count) { for (let i = 0; i < count; i++) await new Promise<void>((done) => queueMicrotask(done)) },
          }),
        },
        {
          name: 'manualClock, 1 pending', make() {
            const clock = manualClock()
            return { run(count) { for (let i = 0; i < count; i++) { clock.after(1, () => keep(i)); clock.advance(1) } } }
          },
        },
        {
          name: 'manualClock, 1 000 pending', make() {
            const clock = manualClock()
            for (let i = 0; i < 1_000; i++) clock.after(1e12 + i, () => keep(i))
            return { run(count) { for (let i = 0; i < count; i++) { clock.after(1 + (i * 7919) % 97, () => keep(i)); clock.advance(1) } } }
          },
        },
      ],
    },
    {
      name: 'turn of a world of three', unit: 'event', baseline: 'timers',
      contestants: [world('timers', tick), world('messages of 64 bytes', chatter)],
    },
    {
      name: 'request through a link', unit: 'request', baseline: 'bare fetch',
      contestants: [
        { name: 'bare fetch', make: () => ({ async run(count) { for (let i = 0; i < count; i++) keep(await bareFetch('http://127.0.0.1/')) } }) },
        {
          name: 'faults, calm', make() {
            const link = faults({ random: createRandom('bench') }).fetch(bareFetch)
            return { async run(count) { for (let i = 0; i < count; i++) keep(await link('http://127.0.0.1/')) } }
          },
        },
        {
          name: 'faults, half lost', make() {
            const link = faults({ loss: 0.5, random: createRandom('bench') }).fetch(bareFetch)
            return { async run(count) { for (let i = 0; i < count; i++) await link('http://127.0.0.1/').then(keep, keep) } }
          },
        },
      ],
    },
  ],
}
