// Virginia's mesh as it is, on a clock that is moved by hand, before two peers that answer as a test tells them.

import { createRandom, manualClock } from '@distrokit/chaos'
import { createClock, encode } from '@distrokit/hlc'
import { createMesh, type Mesh } from '../src/mesh/mesh.ts'
import { createRegistry, type Registry } from '../src/mesh/registry.ts'
import { sign, signedHeaders } from '../src/mesh/signing.ts'
import { silent } from '../src/sim/system.ts'
import type { EventBody } from '../src/telemetry/events.ts'
import { createTelemetry, type Telemetry } from '../src/telemetry/telemetry.ts'

const secret = 'a secret of the test'

export type PeerName = 'dublin' | 'singapore'

export interface FakePeer {
  /** How long it takes to answer. */
  ms: number
  /** What it says to a question: a value or null, `no` or `drift` for a refusal with that code, `down` for a connection that breaks. */
  says: unknown
  /** Requests that it got, with those of retries. */
  asked: number
}

export interface FakePeers {
  readonly mesh: Mesh
  readonly registry: Registry
  readonly telemetry: Telemetry
  readonly peers: Readonly<Record<PeerName, FakePeer>>
  readonly events: readonly EventBody[]
  /** Moves time on until the promise has settled; what it came to, an error as a value. */
  ended<T>(promise: Promise<T>): Promise<T | Error>
  /** One question for the catalog. */
  find(): Promise<unknown>
  pass(ms: number): Promise<void>
}

export function createFakePeers({ seed = 1, known = ['dublin', 'singapore'] as readonly PeerName[] } = {}): FakePeers {
  const clock = manualClock({ start: Date.UTC(2026, 0, 1) })
  const random = createRandom(seed)
  const events: EventBody[] = []
  const emit = (event: EventBody): void => void events.push(event)
  const hybridClock = createClock({ node: 'virginia', clock })
  const telemetry = createTelemetry({ region: 'virginia', life: 1, hybridClock, clock, trueTime: clock.now, random, emit, log: silent })
  const registry = createRegistry()
  registry.update(Object.fromEntries(['virginia', ...known].map((name) => [name, `http://${name}`])))
  const peers: Record<PeerName, FakePeer> = { dublin: { ms: 10, says: 'a page', asked: 0 }, singapore: { ms: 10, says: 'a page', asked: 0 } }

  const fetch = async (input: string | URL | Request, init?: RequestInit): Promise<Response> => {
    const name = new URL(String(input)).hostname as PeerName
    const peer = peers[name]
    peer.asked += 1
    const { ms, says } = peer
    await new Promise<void>((resolve) => void clock.after(ms, resolve))
    if (says === 'down') throw new TypeError('fetch failed')
    const refuses = says === 'no' || says === 'drift'
    const status = refuses ? 422 : 200
    const body = new TextEncoder().encode(JSON.stringify(refuses ? { code: says, message: `it says ${says}` } : says))
    const stamp = encode(hybridClock.now())
    const asked = new Headers(init?.headers).get(signedHeaders.stamp)
    const signature = sign(secret, { from: name, stamp, subject: `${status} ${asked}`, body })
    return new Response(body, { status, headers: { [signedHeaders.stamp]: stamp, [signedHeaders.signature]: signature } })
  }
  const mesh = createMesh({
    region: 'virginia', secret, registry, hybridClock, clock, random, fetch, telemetry, emit,
    local: async () => null,
    hearing: { hear: async () => undefined },
  })
  const ended = async <T>(promise: Promise<T>): Promise<T | Error> => {
    let outcome: T | Error | undefined
    promise.then((value) => (outcome = value), (error: Error) => (outcome = error))
    for (let steps = 0; outcome === undefined && steps < 3_000; steps += 1) await clock.advanceAsync(5)
    if (outcome === undefined) throw new Error('fifteen seconds have passed, and nothing came of it')
    return outcome
  }
  return { mesh, registry, telemetry, peers, events, ended, find: () => ended(mesh.find('catalog', 'own', {})), pass: (ms) => clock.advanceAsync(ms) }
}
