import type { Random } from '../core/random.ts'
import { WorldError } from '../ground/errors.ts'
import { duration, integer } from '../ground/options.ts'
import type { Subscription, Timer } from '../ground/types.ts'
import { createDisk } from './disk.ts'
import type { DiskDevice } from './disk.ts'
import { envOf } from './env.ts'
import type { Env, Net } from './env.ts'
import { createHttp, refusalOf } from './http.ts'
import type { Http } from './http.ts'
import type { Loop } from './loop.ts'
import type { Packet } from './network.ts'
import { createNodeClock } from './node-clock.ts'
import type { NodeClock, NodeClockOptions } from './node-clock.ts'

/** Builds what runs on a node, once per life. */
export type Build<T> = (env: Env) => T | Promise<T>

/** One simulated machine. */
export interface WorldNode<T = unknown> {
  readonly name: string
  /** The number of the present life, or of the last one while it is down. */
  readonly life: number
  readonly up: boolean
  /** The outside world of the present life. */
  readonly env: Env
  /** What `build` gave in this life; undefined until it has, and while the node is down. */
  readonly value: T | undefined
  /** Its wall clock and oscillator, to be bent. */
  readonly clock: NodeClock
  readonly disk: DiskDevice
  /** I/O operations that its lives have begun: sends, reads, writes, deletes, listings, syncs. */
  readonly io: number
  /** Builds the program of this node, in this life and in each later one, as the first thing that it does. */
  start(build: Build<T>): void
  /** Ends the life at this instant: timers and promises of it never go on, unsynced writes may be lost. */
  crash(): void
  /** Begins the next life, with the same program and the same disk. */
  restart(): void
  /**
   * Runs `strike` as the node's I/O operation number `io` begins (see {@link WorldNode.io}). It may crash the node, which
   * cancels that operation, bend its clock, or cut a link.
   */
  atIo(io: number, strike: () => void): Subscription
  /** Stops the node for a while, as a long collection of garbage does: nothing runs, nothing is lost, everything is late. */
  pause(ms: number): void
}

/** What a node asks of its world. */
export interface NodeParts {
  readonly name: string
  readonly loop: Loop
  readonly random: Random
  readonly start: number
  readonly clock: NodeClockOptions
  readonly send: (to: string, packet: Packet) => void
  readonly peers: () => readonly string[]
  readonly note: (text: string) => void
  readonly sometimes: (label: string) => void
  readonly fail: (error: unknown) => void
  readonly onUncaught: (error: unknown) => void
}

interface Life {
  readonly number: number
  readonly env: Env
  readonly http: Http
  readonly listeners: Set<{ readonly run: (from: string, bytes: Uint8Array) => unknown }>
  /** The turn in which it ended: what it still does within that turn is without effect, what it does later is an error. */
  endedInTurn: number | undefined
}

/** A node as its world sees it. */
export interface NodeInside<T> extends WorldNode<T> {
  receive(from: string, packet: Packet): void
}

export function createNode<T>(parts: NodeParts): NodeInside<T> {
  const { name, loop, random, note } = parts
  const clock = createNodeClock(() => loop.now, parts.start, parts.clock)
  const disk = createDisk(random.fork('disk'))
  const aims = new Map<number, () => void>()
  let io = 0
  let pausedUntil = 0
  let build: Build<T> | undefined
  let value: T | undefined
  let life = begin(1)

  /** Whether an effect of this life may happen. */
  function may(acting: Life, what: string): boolean {
    if (loop.state === 'closed') {
      const leak = new WorldError('leak', name, `Expected node '${name}' (life ${acting.number}) to be woken by the simulation only, but it called ${what} after something of the real machine: a timer, a socket, a file. Give it env.clock, env.net and env.disk instead.`)
      loop.fail(leak)
      throw leak
    }
    if (acting.endedInTurn === undefined) return true
    if (acting.endedInTurn !== loop.turn) {
      loop.fail(new WorldError('zombie', name, `Expected life ${acting.number} of node '${name}' to be silent after its crash, but it called ${what}. Something outlived the node: an object shared between nodes or lives.`))
    }
    return false
  }

  function mayDo(acting: Life, what: string): boolean {
    if (!may(acting, what)) return false
    const strike = aims.get(++io)
    if (strike === undefined) return true
    aims.delete(io)
    note(`is struck at I/O ${io}, before ${what}`)
    strike()
    return acting.endedInTurn === undefined
  }

  /** Runs on behalf of a life if it still lives then, later if the node is paused. */
  function later(acting: Life, at: number, run: () => void): ReturnType<Loop['at']> {
    return loop.at(at, name, () => {
      if (acting.endedInTurn !== undefined) return
      if (pausedUntil > loop.now) return void later(acting, pausedUntil, run)
      run()
    })
  }

  function guarded(result: unknown): void {
    if (typeof (result as PromiseLike<unknown> | undefined)?.then === 'function') (result as PromiseLike<unknown>).then(undefined, parts.onUncaught)
  }

  function begin(number: number): Life {
    const listeners: Life['listeners'] = new Set()
    const after = (ms: number, run: () => void): Timer => {
      const local = clock.monotonic() + duration('ms', ms)
      if (!may(self, 'clock.after')) return { cancel() {} }
      let entry: ReturnType<Loop['at']>
      let cancelled = false
      const fire = (): void => {
        // The clock may have been slowed since the timer was set, or the node paused past a cancel.
        if (cancelled) return
        if (clock.monotonic() < local) entry = later(self, clock.whenMonotonic(local), fire)
        else run()
      }
      entry = later(self, clock.whenMonotonic(local), fire)
      return {
        cancel() {
          cancelled = true
          loop.cancel(entry)
        },
      }
    }
    const net: Net = {
      get peers() {
        return parts.peers()
      },
      send(to, bytes) {
        if (mayDo(self, `net.send to '${to}'`)) parts.send(to, { door: 'net', bytes })
      },
      onMessage(listener) {
        const entry = { run: listener }
        listeners.add(entry)
        return { [Symbol.dispose]: () => void listeners.delete(entry) }
      },
    }
    const http = createHttp({
      name,
      life: number,
      send: (to, bytes) => {
        if (mayDo(self, `fetch or answer to '${to}'`)) parts.send(to, { door: 'http', bytes })
      },
      peers: parts.peers,
      after,
    })
    const self: Life = {
      number,
      http,
      listeners,
      endedInTurn: undefined,
      env: envOf({
        clock: { now: clock.now, monotonic: clock.monotonic, after },
        random: random.fork(`life ${number}`),
        name,
        life: number,
        net,
        disk: disk.mount((what) => mayDo(self, `disk.${what}`), (ms, run) => void later(self, loop.now + ms, run)),
        fetch: http.fetch,
        serve: http.serve,
        effect: (what, act, ms = 1) =>
          new Promise((resolve, reject) => {
            const share = random()
            if (!mayDo(self, what)) return
            loop.at(loop.now + ms * share, 'world', () => {
              Promise.resolve().then(act).then(
                (given) => void later(self, loop.now + ms * (1 - share), () => resolve(given)),
                (error: unknown) => void later(self, loop.now + ms * (1 - share), () => reject(error)),
              )
            })
          }),
        sleep: (ms) => new Promise((resolve) => void after(ms, resolve)),
        sometimes: parts.sometimes,
        note: parts.note,
        fail: parts.fail,
      }),
    }
    return self
  }

  function run(): void {
    if (build === undefined) return
    const current = life
    const built = build(life.env)
    if (!(built instanceof Promise)) {
      value = built
      return
    }
    guarded(built.then((given) => {
      if (current.endedInTurn === undefined) value = given
    }))
  }

  return {
    name,
    clock,
    disk,
    get life() {
      return life.number
    },
    get up() {
      return life.endedInTurn === undefined
    },
    get env() {
      return life.env
    },
    get value() {
      return value
    },
    get io() {
      return io
    },
    start(given) {
      build = given
      later(life, loop.now, run)
    },
    crash() {
      if (life.endedInTurn !== undefined) return
      note(`life ${life.number} ends`)
      life.endedInTurn = loop.turn
      life.listeners.clear()
      // The machine's kernel outlives the program and closes its connections.
      for (const { to, bytes } of life.http.resets()) parts.send(to, { door: 'http', bytes })
      value = undefined
      pausedUntil = 0
      disk.crash()
    },
    restart() {
      if (life.endedInTurn === undefined) return
      life = begin(life.number + 1)
      note(`life ${life.number} begins`)
      later(life, loop.now, run)
    },
    pause(ms) {
      pausedUntil = Math.max(pausedUntil, loop.now + duration('ms', ms))
    },
    receive(from, { door, bytes }) {
      const receiver = life
      if (receiver.endedInTurn !== undefined) {
        const refusal = door === 'http' ? refusalOf(bytes) : undefined
        if (refusal !== undefined) parts.send(from, { door, bytes: refusal })
        return
      }
      const hand = (): void => {
        if (door === 'http') return receiver.http.receive(from, bytes)
        for (const { run: listener } of receiver.listeners) guarded(listener(from, bytes))
      }
      if (pausedUntil > loop.now) later(receiver, pausedUntil, hand)
      else hand()
    },
    atIo(at, strike) {
      aims.set(integer('io', at, io + 1), strike)
      return { [Symbol.dispose]: () => void aims.delete(at) }
    },
  }
}
