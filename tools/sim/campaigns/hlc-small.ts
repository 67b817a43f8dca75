import type * as HlcModule from '../../../packages/hlc/src/index.ts'
import type { Stamp } from '../../../packages/hlc/src/index.ts'
import { everyOrder } from '../../../packages/chaos/src/adapters/testing.ts'
import { exhaustive, must } from '../campaign.ts'
import type { Campaign } from '../campaign.ts'

const shown = ({ ms, count, node }: Stamp): string => `${ms}.${count}@${node}`

/** Every order of eight events on the pure core: ticks at a wall clock that steps back, sends, and receives of each other's sends. */
export function small({ tick, merge }: Pick<typeof HlcModule, 'tick' | 'merge'>): Campaign {
  interface State {
    readonly nodes: Readonly<Record<string, Stamp>>
    readonly sent: readonly Stamp[]
    /** Pairs that cause and effect order, as the oracle saw them happen. */
    readonly order: readonly (readonly [Stamp, Stamp])[]
  }
  const events = [
    { node: 'a', wall: 5, send: 0 }, { node: 'b', wall: 3, receive: 0, send: 1 }, { node: 'c', wall: 1, receive: 1 }, { node: 'a', wall: 2 },
    { node: 'c', wall: 0 }, { node: 'b', wall: 9 }, { node: 'c', wall: 4, receive: 0 }, { node: 'a', wall: 2, receive: 1 },
  ] as const
  return exhaustive('hlc/every-order', () =>
    everyOrder<State, (typeof events)[number]>({
      start: { nodes: Object.fromEntries(['a', 'b', 'c'].map((node) => [node, { ms: 4, count: 65_534, node }])), sent: [], order: [] },
      events,
      enabled: (state, event) => !('receive' in event) || state.sent[event.receive] !== undefined,
      apply(state, event) {
        const before = state.nodes[event.node] as Stamp
        const remote = 'receive' in event ? state.sent[event.receive] : undefined
        const stamp = remote === undefined ? tick(before, event.wall) : merge(before, remote, event.wall)
        const sent = [...state.sent]
        if ('send' in event) sent[event.send] = stamp
        return { nodes: { ...state.nodes, [event.node]: stamp }, sent, order: [...state.order, [before, stamp], ...(remote === undefined ? [] : [[remote, stamp] as const])] }
      },
      check({ order }) {
        for (const [cause, effect] of order) must(cause.ms < effect.ms || (cause.ms === effect.ms && cause.count < effect.count), () => `${shown(cause)} to come before ${shown(effect)}`)
      },
    }))
}
