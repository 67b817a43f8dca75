import { createRandom } from './core/random.ts'
import type { Random } from './core/random.ts'
import { onUnhandledRejection } from './ground/clock.ts'
import { DiskError, WorldError } from './ground/errors.ts'
import { duration, fields, finite, integer, oneOf } from './ground/options.ts'
import type { Clock, Subscription } from './ground/types.ts'
import { guard } from './world/guard.ts'
import { createLoop } from './world/loop.ts'
import { createNetwork } from './world/network.ts'
import type { Network, NetworkWeather } from './world/network.ts'
import type { NodeClockOptions } from './world/node-clock.ts'
import { createNode } from './world/node.ts'
import type { NodeInside, WorldNode } from './world/node.ts'
import { createTrace } from './world/trace.ts'

/** Options of {@link createWorld}. */
export interface WorldOptions {
  /** Decides everything: equal seeds give equal runs. */
  readonly seed: string | number
  /** The nodes' names, or how many (then they are called a, b, c …; at most 26). Default 3. */
  readonly nodes?: number | readonly string[]
  /** Wall time at the start in milliseconds since 1970. Default 2026-01-01. */
  readonly start?: number
  /** Weather of all links at the start. Default: 1 ms and a tail of 2 ms, no faults. */
  readonly network?: Partial<NetworkWeather>
  /** How a node's clock starts out. Default: true time. */
  readonly clock?: (name: string, random: Random) => NodeClockOptions
  /**
   * What happens when simulated code uses the machine's own time, timers, chance or fetch: `'refuse'` throws there and fails the
   * run, `'allow'` lets it, and with it whatever makes runs differ. A list lets what it names, such as `performance.now()`, for a
   * dependency that reads a clock without acting on it. Default 'refuse'.
   */
  readonly ambient?: 'refuse' | 'allow' | readonly string[]
}

/** A deterministic world of nodes with clocks, disks and a network, in virtual time. */
export interface World<T = unknown> {
  readonly seed: string | number
  /** Milliseconds of virtual time since the start: true time, which no node knows. */
  readonly now: number
  /** Turns taken so far. */
  readonly events: number
  /** Clock and randomness of an observer with perfect time, for code of the test itself; spreads like a node's `env`. */
  readonly env: { readonly clock: Clock; readonly random: Random }
  readonly random: Random
  readonly network: Network
  readonly nodes: readonly WorldNode<T>[]
  /** The node of that name. RangeError if there is none. */
  node(name: string): WorldNode<T>
  /** Runs `run` once, `ms` of true time from now. What it returns may be a promise; a rejection fails the world. */
  after(ms: number, run: () => unknown): Subscription
  /** Runs `run` every `ms` of true time until disposed of. */
  every(ms: number, run: () => unknown): Subscription
  /** Lets `ms` of virtual time pass, or less if `enough` says so after a turn. Rejects with the first thing that went wrong. */
  run(ms: number, enough?: () => boolean): Promise<void>
  /** Says that a rare state was reached. */
  sometimes(label: string): void
  /** The labels that were reached, and how often. */
  readonly reached: ReadonlyMap<string, number>
  /** A line for the trace. */
  note(text: string): void
  /** Hash of every turn's instant, every delivery, crash, restart and note so far. */
  readonly hash: string
  /** The last lines of the trace. */
  readonly lines: readonly string[]
  /** Fails the run with this error. */
  fail(error: unknown): void
}

const NEW_YEAR_2026 = 1_767_225_600_000
// A program that dies of its disk is started again by its supervisor.
const SUPERVISOR_MS = 10

/** The nodes' names, checked. */
export function namesOf(nodes: number | readonly string[]): readonly string[] {
  if (typeof nodes === 'number') return Array.from({ length: integer('nodes', nodes, 1, 26) }, (_, at) => String.fromCharCode(97 + at))
  if (nodes.length === 0 || new Set(nodes).size < nodes.length || nodes.includes('world')) {
    throw new RangeError(`Expected nodes to be different names, at least one, none of them 'world', got ${JSON.stringify(nodes)}. Name each once.`)
  }
  return nodes
}

/** The simulated disk's failure behind an error, however often it was wrapped. */
function diskErrorOf(error: unknown): DiskError | undefined {
  for (let at = error; at instanceof Error; at = at.cause) if (at instanceof DiskError) return at
  return undefined
}

/** A world: one seed decides every delay, loss, crash survivor and clock error in it. */
export function createWorld<T = unknown>(options: WorldOptions): World<T> {
  fields('options', options, ['seed', 'nodes', 'start', 'network', 'clock', 'ambient'])
  const { seed, nodes: wanted = 3, start = NEW_YEAR_2026, network: weather = {}, clock = () => ({}), ambient = 'refuse' } = options
  finite('start', start)
  if (!Array.isArray(ambient)) oneOf('ambient', ambient, ['refuse', 'allow'])
  const random = createRandom(seed)
  const trace = createTrace()
  const reached = new Map<string, number>()
  const names = namesOf(wanted)
  const inside = new Map<string, NodeInside<T>>()

  // Every instant at which something happened is part of the hash, also where no message goes.
  const loop = createLoop({ onTurn: trace.number, onError: uncaught })
  const note = (who: string) => (text: string): void => trace.note(loop.now, who, text)
  const sometimes = (label: string): void => void reached.set(label, (reached.get(label) ?? 0) + 1)

  function blame(error: unknown, owner: string): void {
    const message = error instanceof Error ? error.message : String(error)
    loop.fail(new WorldError('uncaught', owner, `Expected node '${owner}' to handle its errors, got one that nobody caught: ${message}`, { cause: error }))
  }

  function uncaught(error: unknown, owner: string): void {
    const node = inside.get(owner)
    if (node === undefined || error instanceof WorldError) return loop.fail(error)
    // A program that was killed in the middle of a turn throws to nobody.
    if (!node.up) return
    const disk = diskErrorOf(error)
    if (disk === undefined) return blame(error, owner)
    note(owner)(`dies of its disk: ${disk.code}`)
    node.crash()
    loop.at(loop.now + SUPERVISOR_MS, 'world', () => node.restart())
  }

  const network = createNetwork({
    random: random.fork('network'),
    now: () => loop.now,
    at: (ms, to, run) => void loop.at(ms, to, run),
    deliver(from, to, packet) {
      trace.bytes(packet.bytes)
      inside.get(to)?.receive(from, packet)
    },
  }, weather)

  for (const name of names) {
    inside.set(name, createNode<T>({
      name,
      loop,
      random: random.fork(`node ${name}`),
      start,
      clock: clock(name, random.fork(`clock ${name}`)),
      send(to, packet) {
        if (!inside.has(to)) throw new RangeError(`Expected a node to send to, got '${to}'. Nodes: ${names.join(', ')}.`)
        network.send(name, to, packet)
      },
      peers: () => names.filter((other) => other !== name),
      note: note(name),
      sometimes,
      fail: (error) => blame(error, name),
      onUncaught: (error) => uncaught(error, name),
    }))
  }
  const nodes = [...inside.values()]

  function guarded(run: () => unknown): void {
    const result = run()
    if (typeof (result as PromiseLike<unknown> | undefined)?.then === 'function') (result as PromiseLike<unknown>).then(undefined, loop.fail)
  }

  const after = (ms: number, run: () => unknown): Subscription => {
    const entry = loop.at(loop.now + duration('ms', ms), 'world', () => guarded(run))
    return { [Symbol.dispose]: () => loop.cancel(entry) }
  }

  const watched = {
    isOpen: () => loop.state === 'open',
    refuse(what: string): void {
      if (ambient.includes(what)) return
      const leak = new WorldError('leak', loop.owner, `Expected ${loop.owner === 'world' ? 'the test' : `node '${loop.owner}'`} to live in the simulation only, but it called ${what} of the real machine. Pass env.clock and env.random in, or createWorld({ ambient: 'allow' }) and lose replay.`)
      loop.fail(leak)
      throw leak
    },
  }

  return {
    seed,
    random,
    network,
    nodes,
    reached,
    sometimes,
    after,
    env: {
      clock: {
        now: () => Math.floor(start + loop.now),
        monotonic: () => loop.now,
        after(ms, run) {
          const timer = after(ms, run)
          return { cancel: () => timer[Symbol.dispose]() }
        },
      },
      random: random.fork('env'),
    },
    get now() {
      return loop.now
    },
    get events() {
      return loop.events
    },
    get hash() {
      return trace.hash
    },
    get lines() {
      return trace.lines
    },
    node(name) {
      const found = inside.get(name)
      if (found === undefined) throw new RangeError(`Expected one of the nodes ${names.join(', ')}, got '${name}'. Name it in createWorld({ nodes }).`)
      return found
    },
    every(ms, run) {
      let current: Subscription
      const again = (): void => {
        current = after(ms, again)
        guarded(run)
      }
      current = after(ms, again)
      return { [Symbol.dispose]: () => current[Symbol.dispose]() }
    },
    async run(ms, enough) {
      const release = ambient === 'allow' ? () => {} : guard(watched)
      const deaf = onUnhandledRejection((reason) => {
        if (loop.state !== 'open') return false
        uncaught(reason, loop.owner)
        return true
      })
      try {
        await loop.run(loop.now + duration('ms', ms), enough)
      } finally {
        release()
        deaf()
      }
    },
    note: note('world'),
    fail: loop.fail,
  }
}
