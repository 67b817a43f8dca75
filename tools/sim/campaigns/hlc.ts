import type * as DurableModule from '../../../packages/hlc/src/adapters/durable.ts'
import type * as HlcModule from '../../../packages/hlc/src/index.ts'
import type { DurableClock } from '../../../packages/hlc/src/adapters/durable.ts'
import type { HybridClock, Stamp } from '../../../packages/hlc/src/index.ts'
import { swarm } from '../../../packages/chaos/src/index.ts'
import type { Env, World } from '../../../packages/chaos/src/index.ts'
import { must, simulated } from '../campaign.ts'
import type { Campaign, Load } from '../campaign.ts'
import { small } from './hlc-small.ts'
import { markStore } from './hlc-store.ts'
import { open, seal } from './seal.ts'

type Hlc = typeof HlcModule

const MAX_DRIFT_MS = 5000
const AHEAD_MS = 1000

/** The oracle's own order, so that a broken `compare` cannot excuse itself. */
const below = (one: Stamp, other: Stamp): boolean =>
  one.ms < other.ms || (one.ms === other.ms && (one.count < other.count || (one.count === other.count && one.node < other.node)))
const shown = ({ ms, count, node }: Stamp): string => `${ms}.${count}@${node}`

/** What the oracle knows of a run: everything that ever left a node, across its lives. */
interface Oracle {
  readonly last: Map<string, Stamp>
  /** The furthest wall clock that any node has read. */
  highestWall: number
  issuedSinceHealing: Set<string>
  /** Nodes that have taken a remote from far ahead since. */
  probed: number
}

interface ClockNode {
  readonly clock: HybridClock
}

export async function hlc(load: Load): Promise<readonly Campaign[]> {
  const api = await load<Hlc>('hlc/src/index.ts')
  const durable = await load<typeof DurableModule>('hlc/src/adapters/durable.ts')
  const { encode, decode, toBytes, fromBytes, compare, equals } = api
  let oracle: Oracle

  const wallOf = (env: Env): number => {
    const wall = env.clock.now()
    oracle.highestWall = Math.max(oracle.highestWall, wall)
    return wall
  }

  /** Invariants 1, 3 and 6: strictly rising through restarts, never twice, and the same order as text, bytes and value. */
  function issued(env: Env, stamp: Stamp): void {
    const before = oracle.last.get(env.name)
    must(stamp.node === env.name, () => `a stamp of '${env.name}', got ${shown(stamp)}`)
    if (before !== undefined) {
      must(below(before, stamp), () => `stamps of '${env.name}' to rise, got ${shown(stamp)} after ${shown(before)}`)
      must(encode(before) < encode(stamp), () => `texts to sort as stamps, got ${encode(stamp)} after ${encode(before)}`)
      must(bytesBelow(toBytes(before), toBytes(stamp)), () => `bytes to sort as stamps do: ${shown(before)}, ${shown(stamp)}`)
      must(compare(before, stamp) === -1 && compare(stamp, before) === 1 && !equals(before, stamp), () => `compare to know ${shown(before)} from ${shown(stamp)}`)
    }
    must(equals(decode(encode(stamp)), stamp) && equals(fromBytes(toBytes(stamp), stamp.node), stamp), () => `${shown(stamp)} to survive its text and its bytes`)
    oracle.last.set(env.name, stamp)
    oracle.issuedSinceHealing.add(env.name)
  }

  /** Invariants 2 and 5: a receive comes after its send; what is beyond the bound changes nothing, what is within is taken. */
  function receive(env: Env, clock: HybridClock, bytes: Uint8Array, mayWait: boolean): void {
    const { text, whole } = open(bytes)
    let remote: Stamp
    try {
      remote = decode(text)
    } catch (error) {
      must(!whole && (error as { code?: string }).code !== undefined, () => `a damaged stamp, and no other, to be refused with a code, got ${String(error)}`)
      return env.sometimes('a damaged stamp is refused')
    }
    // One that is damaged and still a stamp is the transport's to notice.
    if (!whole) return
    const before = clock.peek()
    const offset = remote.ms - wallOf(env)
    let result: ReturnType<HybridClock['tryReceive']>
    try {
      result = clock.tryReceive(remote)
    } catch (error) {
      must(mayWait && (error as { code?: string }).code === 'store', () => `a remote within the bound to be received, got ${String(error)}`)
      must(equals(clock.peek(), before), 'a refused receive to change nothing')
      return again(env, clock, remote)
    }
    if ('code' in result) {
      must(offset > MAX_DRIFT_MS, () => `a remote ${offset} ms ahead to be within the bound of ${MAX_DRIFT_MS}`)
      must(equals(clock.peek(), before), 'a refused remote to change nothing')
      must(result.offsetMs === offset && result.maxDriftMs === MAX_DRIFT_MS, () => `the refusal to say ${offset} of ${MAX_DRIFT_MS}, got ${result.offsetMs} of ${result.maxDriftMs}`)
      return env.sometimes('a remote is refused for its drift')
    }
    must(offset <= MAX_DRIFT_MS, () => `a remote ${offset} ms ahead to be refused beyond ${MAX_DRIFT_MS}`)
    must(below(remote, { ...result, node: '~' }) && (result.ms !== remote.ms || result.count !== remote.count), () => `a receive after its send ${shown(remote)}, got ${shown(result)}`)
    if (remote.ms > env.clock.now()) env.sometimes('a stamp from the future is received')
    issued(env, result)
  }

  /** What had to wait for the store must not wait for ever: once the clock is ready, the same remote is taken. */
  function again(env: Env, clock: HybridClock, remote: Stamp): void {
    const { ready } = clock as Partial<DurableClock>
    ready?.().then(() => {
      if (remote.ms - env.clock.now() > MAX_DRIFT_MS) return
      const result = clock.tryReceive(remote)
      if (!('code' in result)) issued(env, result)
      env.sometimes('a remote that had to wait is received')
    }).catch((error: unknown) => env.fail(error))
  }

  /** Talks to everybody at random instants; `issue` may fail where a clock may wait for its store. */
  function gossip(env: Env, clock: HybridClock, mayWait: boolean): void {
    env.net.onMessage((_from, bytes) => receive(env, clock, bytes, mayWait))
    const turn = (): void => {
      env.clock.after(env.random.integer(5, 120), turn)
      wallOf(env)
      const before = clock.peek()
      let stamp: Stamp
      try {
        if (env.random.chance(0.02)) {
          const range = clock.reserve(env.random.integer(1, 60_000))
          issued(env, range.first)
          if (range.size > 1) issued(env, range.last)
          if (range.last.ms > range.first.ms) env.sometimes('the counter carries')
          return
        }
        stamp = clock.now()
      } catch (error) {
        must(mayWait && (error as { code?: string }).code === 'store', () => `now() never to fail, got ${String(error)}`)
        must(equals(clock.peek(), before), 'a stamp that could not leave to change nothing')
        return env.sometimes('a stamp waits for the store')
      }
      issued(env, stamp)
      env.net.send(env.random.pick(env.net.peers), seal(encode(stamp)))
    }
    turn()
  }

  const begin = (): void => void (oracle = { last: new Map(), highestWall: 0, issuedSinceHealing: new Set(), probed: 0 })

  /** Invariant 9: after healing everybody issues, and leads its wall by no more than the furthest other wall explains. */
  function calm(world: World<ClockNode>): boolean {
    const walls = world.nodes.map((node) => node.clock.now())
    const furthest = Math.max(...walls)
    return world.nodes.every((node, at) => {
      const { value } = node
      if (value === undefined || !oracle.issuedSinceHealing.has(node.name)) return false
      // A message under way may carry the furthest wall a little further than this instant shows.
      return value.clock.leadMs <= furthest - (walls[at] ?? 0) + 2
    })
  }

  const memory = simulated<ClockNode>('hlc/memory', {
    nodes: 4,
    forMs: 30_000,
    settleMs: 60_000,
    sometimes: ['the counter carries', 'a remote is refused for its drift', 'a damaged stamp is refused', 'a stamp from the future is received'],
    clock: (_name, random) => ({ offsetMs: random.integer(-3000, 3000), ratePpm: random.integer(-200, 200) }),
    build(env) {
      // A clock in memory promises nothing through a restart, so this campaign has none.
      const clock = api.createClock({ node: env.name, clock: env.clock, maxDriftMs: MAX_DRIFT_MS, random: env.random })
      gossip(env, clock, false)
      return { clock }
    },
    workload(world) {
      begin()
      world.after(30_000, () => oracle.issuedSinceHealing.clear())
      world.every(997, () => batches(world.node('a').env))
    },
    invariant(world) {
      for (const node of world.nodes) {
        const { clock } = node.value as ClockNode
        // Invariant 4: hybrid time runs ahead of the furthest wall clock only by carrying a full counter.
        must(clock.peek().ms <= Math.max(oracle.highestWall, furthestWall(world)) + 60, () => `a lead over every wall clock of a few carries, got ${clock.peek().ms - oracle.highestWall} ms`)
        must(clock.leadMs === Math.max(0, clock.peek().ms - node.clock.now()), () => `leadMs to be ${clock.peek().ms - node.clock.now()}, got ${clock.leadMs}`)
      }
    },
    progress: calm,
  }, { faults: swarm({ kinds: KINDS.filter((kind) => !kind.startsWith('crash') && !kind.startsWith('disk')), maxStepMs: 8000 }), share: 0.5 })

  const furthestWall = (world: World<ClockNode>): number => Math.max(...world.nodes.map((node) => node.clock.now()))

  /** Invariant 10: a batch is the maximum of its stamps and one step, or nothing at all. */
  function batches(env: Env): void {
    const wall = env.clock.now()
    const start = { ms: wall + env.random.integer(-10, 10), count: env.random.pick([0, 5, 65_535]), node: env.name }
    const remotes = Array.from({ length: env.random.integer(0, 5) }, (_, at): Stamp => ({
      ms: wall + env.random.pick([-20, -1, 0, 1, 20, MAX_DRIFT_MS, env.random.chance(0.2) ? MAX_DRIFT_MS + 1 : 0]), count: env.random.pick([0, 1, 65_535]), node: `r${at}`,
    }))
    const clock = api.createClock({ node: env.name, clock: { now: () => wall }, maxDriftMs: MAX_DRIFT_MS, start })
    const top = remotes.reduce((best, one) => (one.ms > best.ms || (one.ms === best.ms && one.count > best.count) ? one : best), { ms: 0, count: 0, node: '' })
    const from = top.ms > start.ms || (top.ms === start.ms && top.count > start.count) ? top : start
    const expected = wall > from.ms ? { ms: wall, count: 0 } : from.count === 65_535 ? { ms: from.ms + 1, count: 0 } : { ms: from.ms, count: from.count + 1 }
    try {
      const stamp = clock.receiveAll(remotes)
      must(remotes.every((one) => one.ms - wall <= MAX_DRIFT_MS), 'a batch with a stamp beyond the bound to be refused')
      must(stamp.ms === expected.ms && stamp.count === expected.count, () => `a batch to be one step after its greatest: ${expected.ms}.${expected.count}, got ${shown(stamp)}`)
    } catch (error) {
      if (error instanceof Error && error.message.startsWith('Expected a batch')) throw error
      must(remotes.some((one) => one.ms - wall > MAX_DRIFT_MS), () => `a batch within the bound to be received, got ${String(error)}`)
      must(equals(clock.peek(), start), 'a refused batch to change nothing')
    }
  }

  const lasting = simulated<ClockNode>('hlc/durable', {
    nodes: 3,
    forMs: 30_000,
    settleMs: 90_000,
    sometimes: ['a life wakes with its wall clock behind the mark', 'a remote that had to wait is received', 'a stamp waits for the store', 'a remote is refused for its drift'],
    clock: (_name, random) => ({ offsetMs: random.integer(-1500, 1500), ratePpm: random.integer(-200, 200) }),
    async build(env) {
      const store = markStore(env)
      const marked = await store.load()
      if (marked !== undefined && env.clock.now() < marked) env.sometimes('a life wakes with its wall clock behind the mark')
      const clock = await durable.createDurableClock({ node: env.name, clock: env.clock, store, maxDriftMs: MAX_DRIFT_MS, aheadMs: AHEAD_MS, random: env.random })
      gossip(env, {
        ...clock,
        peek: () => clock.peek(),
        now: () => kept(env, store, clock, () => clock.now()),
        tryReceive: (remote) => kept(env, store, clock, () => clock.tryReceive(remote), remote.ms),
      }, true)
      return { clock }
    },
    workload(world) {
      begin()
      world.after(30_000, () => oracle.issuedSinceHealing.clear())
      world.after(30_500, () => world.nodes.forEach((node) => probe(world, node.name)))
    },
    progress: (world) => oracle.probed === world.nodes.length && calm(world),
  }, { faults: swarm({ maxStepMs: 2000 }), share: 0.5 })

  /** With a sound disk, a remote just within the bound is taken after one save, however far past the window it lies. */
  function probe(world: World<ClockNode>, name: string): void {
    const { value, env } = world.node(name)
    if (value === undefined) return void world.after(100, () => probe(world, name))
    const remote = { ms: env.clock.now() + MAX_DRIFT_MS - 50, count: 0, node: 'probe' }
    const began = world.now
    const attempt = (): void => {
      try {
        value.clock.tryReceive(remote)
        oracle.probed++
      } catch {
        must(world.now - began < 1000, () => `'${name}' to receive a remote within the bound after one save, still refused after ${world.now - began} ms`)
        world.after(20, attempt)
      }
    }
    attempt()
  }

  /** Invariants 7 and 8: nothing at or above the durable mark leaves, and nothing below it is refused. */
  function kept<T extends Stamp | Error>(env: Env, store: ReturnType<typeof markStore>, clock: HybridClock, act: () => T, remoteMs = 0): T {
    const present = Math.max(clock.peek().ms, env.clock.now(), remoteMs)
    let result: T
    try {
      result = act()
    } catch (error) {
      must(present + 1 >= store.durable(), () => `a stamp below the durable mark ${store.durable()} to leave, got ${String(error)} at ${present}`)
      throw error
    }
    if (!(result instanceof Error)) must(result.ms < store.durable(), () => `nothing at or above the durable mark ${store.durable()} to leave, got ${shown(result)}`)
    return result
  }

  return [memory, lasting, small(api)]
}

const KINDS = ['cut', 'clog', 'loss', 'duplicate', 'reorder', 'corrupt', 'slow', 'narrow', 'crash', 'crash-at-io', 'pause', 'step', 'rate', 'freeze', 'coarse', 'disk-errors', 'disk-full', 'disk-stall'] as const

function bytesBelow(one: Uint8Array, other: Uint8Array): boolean {
  for (const [at, byte] of one.entries()) if (byte !== other[at]) return byte < (other[at] ?? 0)
  return false
}
