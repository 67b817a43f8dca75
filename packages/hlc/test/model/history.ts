import * as fc from 'fast-check'
import type { Stamp } from '../../src/index.ts'

/** What happens in a random history. Nodes are small numbers; a delivery picks one of the messages that are under way. */
export type Action =
  | { readonly kind: 'local'; readonly node: number }
  | { readonly kind: 'send'; readonly node: number }
  | { readonly kind: 'deliver'; readonly node: number; readonly pick: number }
  | { readonly kind: 'wall'; readonly node: number; readonly toMs: number }

export const NODES = 4

const node = fc.nat({ max: NODES - 1 })
/** Few milliseconds, so that walls stand still, meet, and go back all the time. */
export const history: fc.Arbitrary<Action[]> = fc.array(
  fc.oneof(
    { weight: 3, arbitrary: fc.record({ kind: fc.constant('local' as const), node }) },
    { weight: 3, arbitrary: fc.record({ kind: fc.constant('send' as const), node }) },
    { weight: 4, arbitrary: fc.record({ kind: fc.constant('deliver' as const), node, pick: fc.nat({ max: 1000 }) }) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('wall' as const), node, toMs: fc.integer({ min: 1, max: 30 }) }) },
  ),
  { minLength: 1, maxLength: 120, size: 'max' },
)

/** An event as an outside observer sees it: the stamp under test beside the vector clock that knows the truth. */
export interface Observed {
  readonly node: number
  readonly stamp: Stamp
  readonly vector: readonly number[]
  readonly wallMs: number
}

/** One node under test. */
export interface Subject {
  now(wallMs: number): Stamp
  receive(remote: Stamp, wallMs: number): Stamp
}

/** Plays a history; messages may be late, reordered and delivered twice. */
export function play(actions: readonly Action[], subjects: readonly Subject[]): Observed[] {
  const seen: Observed[] = []
  const walls = subjects.map(() => 10)
  const vectors = subjects.map(() => subjects.map(() => 0))
  const messages: { stamp: Stamp; vector: readonly number[] }[] = []
  const note = (node: number, stamp: Stamp): void => {
    vectors[node]![node]! += 1
    seen.push({ node, stamp, vector: [...vectors[node]!], wallMs: walls[node]! })
  }
  for (const action of actions) {
    const { node } = action
    const subject = subjects[node]!
    if (action.kind === 'wall') walls[node] = action.toMs
    else if (action.kind === 'deliver') {
      const message = messages[action.pick % messages.length]
      if (message === undefined) continue
      message.vector.forEach((events, other) => {
        vectors[node]![other] = Math.max(vectors[node]![other]!, events)
      })
      note(node, subject.receive(message.stamp, walls[node]!))
    } else {
      const stamp = subject.now(walls[node]!)
      note(node, stamp)
      if (action.kind === 'send') messages.push({ stamp, vector: [...vectors[node]!] })
    }
  }
  return seen
}

/** Whether `a` happened before `b`, by the vector clocks alone. */
export function happenedBefore(a: Observed, b: Observed): boolean {
  return a !== b && a.vector.every((events, node) => events <= b.vector[node]!)
}

/** Hybrid time as one exact whole number: a second spelling of the order, shared with nothing under test. */
export function time({ ms, count }: Stamp): bigint {
  return BigInt(ms) * 65_536n + BigInt(count)
}
