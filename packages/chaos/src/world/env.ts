import type { Random } from '../core/random.ts'
import type { Clock, Subscription } from '../ground/types.ts'
import type { Disk } from './disk.ts'

/** A node's way to the others. Messages are bytes, so that nothing can be shared by reference. */
export interface Net {
  /** The names of the other nodes. */
  readonly peers: readonly string[]
  /** Sends and forgets: the message may be lost, late, twice, out of order or damaged. */
  send(to: string, bytes: Uint8Array): void
  /** Listens. Messages that arrive while nobody does are lost. */
  onMessage(listener: (from: string, bytes: Uint8Array) => unknown): Subscription
}

/** A server in the shape of `fetch`, such as Hono's `app.fetch`. */
export type Serve = (request: Request) => Response | Promise<Response>

/**
 * The whole outside world of one life of one node. `{ ...env }` gives `clock` and `random` alone, the two options that
 * every distrokit package takes: `createBreaker({ ...env, openMs: 500 })`.
 */
export interface Env {
  readonly clock: Clock
  readonly random: Random
  readonly name: string
  /** 1 for the first life; each restart is another. */
  readonly life: number
  readonly net: Net
  readonly disk: Disk
  /**
   * HTTP to another node, by its name: `env.fetch('http://b/pay')`. Rejects as a real fetch does, with `TypeError: fetch failed`:
   * ECONNREFUSED if nobody serves there, ECONNRESET if the other side crashed meanwhile, ETIMEDOUT after a minute of silence.
   * For Node: browsers read the bodies of `Request` and `Response` in tasks of their own, which no simulation can wait for.
   */
  readonly fetch: typeof fetch
  /** Answers other nodes' `fetch`, until the life ends. */
  serve(handler: Serve): void
  /**
   * Does something to a thing outside this world's own disk and network, such as a database that a test plays: an I/O operation like the
   * others, at which an aimed crash can strike. `run` happens after a part of `ms`, whether the node still lives then or not; the answer
   * comes after the rest, if it does. So a crash may leave an effect whose answer nobody heard.
   */
  effect<T>(what: string, run: () => T | PromiseLike<T>, ms?: number): Promise<T>
  /** Waits on the node's own clock. Never resolves if the life ends first. */
  sleep(ms: number): Promise<void>
  /** Says that a rare state was reached; a campaign fails if one that it declared never is. */
  sometimes(label: string): void
  /** Fails the run: for code of a test that finds something wrong where nobody would hear it throw. */
  fail(error: unknown): void
  /** A line for the trace: kept for people, and part of the hash that two runs of a seed are compared by. */
  note(text: string): void
}

/** `clock` and `random` are what a spread copies; the rest is there for who asks by name. */
export function envOf(parts: Env): Env {
  const { clock, random, ...rest } = parts
  return Object.defineProperties({ clock, random }, Object.fromEntries(Object.entries(rest).map(([name, value]) => [name, { value }]))) as Env
}
