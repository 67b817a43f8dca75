/**
 * `node --conditions=source test/bench/figures.ts [JOB …]`: what a call costs beside `Date.now()`, as one line of JSON. Run by figures.test.ts, once for each kind of
 * clock: an engine that has seen one kind compiles it into its callers, as in a program that uses one.
 */
import { monotonicFactory } from 'ulid'
import { createSharedClock } from '../../src/adapters/shared.ts'
import { createClock, decode, encode } from '../../src/index.ts'

const ROUNDS = 150
const CALLS = 4_096

const [local, other, receiver, reserving, encoding] = Array.from({ length: 5 }, () => createClock({ node: 'node' })) as [
  ReturnType<typeof createClock>, ReturnType<typeof createClock>, ReturnType<typeof createClock>, ReturnType<typeof createClock>, ReturnType<typeof createClock>,
]
const shared = createSharedClock({ node: 'node' })
const ulid = monotonicFactory()
const remotes = Array.from({ length: 512 }, () => other.now())
const texts = remotes.map((stamp) => Buffer.from(encode(stamp)).toString())
let turn = 0
let kept: unknown

const jobs: Record<string, () => void> = {
  date: () => { for (let call = 0; call < CALLS; call++) kept = Date.now() },
  now: () => { for (let call = 0; call < CALLS; call++) kept = local.now() },
  receive: () => { for (let call = 0; call < CALLS; call++) kept = receiver.receive(remotes[turn++ & 511]!) },
  reserve: () => { for (let call = 0; call < CALLS; call += 64) for (const stamp of reserving.reserve(64)) kept = stamp },
  shared: () => { for (let call = 0; call < CALLS; call++) kept = shared.now() },
  encode: () => { for (let call = 0; call < CALLS; call++) kept = encode(encoding.now()) },
  decode: () => { for (let call = 0; call < CALLS; call++) kept = decode(texts[turn++ & 511]!) },
  ulid: () => { for (let call = 0; call < CALLS; call++) kept = ulid() },
}

// Short interleaved rounds and their lower eighth: a busy machine hurts all alike, and hardly at all.
const asked = Object.entries(jobs).filter(([name]) => name === 'date' || process.argv.includes(name))
const times = new Map(asked.map(([name]) => [name, [] as number[]]))
for (let round = 0; round < ROUNDS; round++) {
  for (const [name, run] of asked) {
    const before = performance.now()
    run()
    times.get(name)!.push(((performance.now() - before) * 1e6) / CALLS)
  }
}
if (kept === undefined) throw new Error('nothing ran')
console.log(JSON.stringify(Object.fromEntries([...times].map(([name, list]) => [name, list.sort((a, b) => a - b)[ROUNDS >> 3]]))))
