import { expect, test } from 'vitest'
import { merge, tick, type Stamp } from '../src/index.ts'
import { time } from './model/history.ts'

/** Everything that three nodes can do in six events: stamp, send to a peer, take the oldest message, or see the wall move. */
interface World {
  readonly states: readonly Stamp[]
  readonly vectors: readonly (readonly number[])[]
  readonly walls: readonly number[]
  readonly mail: readonly { readonly to: number; readonly stamp: Stamp; readonly vector: readonly number[] }[]
  readonly events: readonly { readonly stamp: Stamp; readonly vector: readonly number[] }[]
}

const put = <T>(list: readonly T[], index: number, value: T): T[] => list.map((old, at) => (at === index ? value : old))

function after(world: World, node: number, stamp: Stamp, heard: readonly number[]): World {
  const vector = world.vectors[node]!.map((count, at) => Math.max(count, heard[at]!) + (at === node ? 1 : 0))
  return {
    ...world,
    states: put(world.states, node, stamp),
    vectors: put(world.vectors, node, vector),
    events: [...world.events, { stamp, vector }],
  }
}

function* successors(world: World): Generator<World> {
  for (let node = 0; node < 3; node++) {
    const state = world.states[node]!
    const wall = world.walls[node]!
    const sent = after(world, node, tick(state, wall), [0, 0, 0])
    for (let to = 0; to < 3; to++) {
      if (to !== node) yield { ...sent, mail: [...world.mail, { to, ...sent.events.at(-1)! }] }
    }
    const mail = world.mail.find((message) => message.to === node)
    if (mail !== undefined) yield { ...after(world, node, merge(state, mail.stamp, wall), mail.vector), mail: world.mail.filter((other) => other !== mail) }
    // Forward and back: with two values both happen.
    yield { ...world, walls: put(world.walls, node, 3 - wall) }
  }
}

test('every order of six actions among three nodes keeps cause before effect, and no stamp twice', () => {
  let worlds = 0
  const check = ({ events }: World): void => {
    const latest = events.at(-1)
    if (latest === undefined) return
    for (const earlier of events.slice(0, -1)) {
      const caused = earlier.vector.every((count, at) => count <= latest.vector[at]!)
      if (caused && !(time(earlier.stamp) < time(latest.stamp))) throw new Error(`effect before its cause: ${JSON.stringify(events)}`)
      if (earlier.stamp.node === latest.stamp.node && time(earlier.stamp) === time(latest.stamp)) throw new Error(`a stamp twice: ${JSON.stringify(events)}`)
    }
  }
  const explore = (world: World, depth: number): void => {
    worlds++
    check(world)
    if (depth > 0) for (const next of successors(world)) explore(next, depth - 1)
  }
  const nodes = ['a', 'b', 'c']
  explore({ states: nodes.map((node) => ({ ms: 0, count: 65_534, node })), vectors: nodes.map(() => [0, 0, 0]), walls: [1, 1, 1], mail: [], events: [] }, 6)
  expect(worlds).toBeGreaterThan(1_000_000)
})
