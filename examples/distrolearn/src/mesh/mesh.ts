// Promise: a call to another region is signed, stamped, traced, bounded in time and in tries, and stops by itself when the region is gone.

import { bulkhead, compose, consecutive, createBreaker, createBudget, RefusedError, retry, timeout, type Breaker, type Judge, type Policy } from '@distrokit/breaker'
import { faults, type Faults } from '@distrokit/chaos'
import { encode, type HybridClock } from '@distrokit/hlc'
import { regionNames, type RegionName } from '../ground/regions.ts'
import type { Emit } from '../telemetry/events.ts'
import type { Telemetry } from '../telemetry/telemetry.ts'
import { RemoteError, TransportError, Unavailable } from './errors.ts'
import { createFinding, type Finding } from './finding.ts'
import type { Hearing } from './hearing.ts'
import { regionsServing, type Registry, type ServiceName } from './registry.ts'
import { sign, signedHeaders, verify } from './signing.ts'

export type Local = (service: ServiceName, method: string, payload: unknown) => Promise<unknown>

export interface MeshOptions {
  readonly region: RegionName
  readonly secret: string
  readonly registry: Registry
  readonly hybridClock: HybridClock
  readonly clock: { now(): number; monotonic(): number; after(ms: number, run: () => void): { cancel(): void } }
  readonly random: () => number
  readonly fetch: typeof fetch
  readonly telemetry: Pick<Telemetry, 'tracing' | 'metrics' | 'watched' | 'watchedBalancer'>
  readonly emit: Emit
  /** Calls to a service of this very region go here, without any link. */
  readonly local: Local
  readonly hearing: Hearing
}

export interface Mesh {
  /** Every method behind this is repeatable: a lost answer is simply asked for again. */
  call<T>(service: ServiceName, method: string, payload: unknown, options?: { readonly signal?: AbortSignal }): Promise<T>
  /** One call to one peer, for those who choose the peer themselves. */
  ask<T>(peer: RegionName, service: ServiceName, method: string, payload: unknown, options?: { readonly signal?: AbortSignal }): Promise<T>
  readonly find: Finding['find']
  /** Sends bytes to a peer's replica; no retry, the next round does as well. */
  exchange(peer: RegionName, bytes: Uint8Array): Promise<Uint8Array>
  readonly peers: readonly RegionName[]
  readonly breakers: readonly Breaker[]
  /** The weather on the way to a peer. */
  link(peer: RegionName): Faults
  [Symbol.dispose](): void
}

/** Only what got lost on the way is asked again; an answer is an answer. */
const repeatable: Judge = (outcome) => (outcome.ok ? 'ok' : outcome.error instanceof TransportError ? 'fail' : 'ignore')
/** A peer that says no is well; one whose clock is ahead of ours is neither well nor ill for that. */
const peerHealth: Judge = (outcome) => (!outcome.ok && outcome.error instanceof RemoteError ? (outcome.error.code === 'drift' ? 'ignore' : 'ok') : undefined)

const attemptTimeoutMs = 2_000
const callTimeoutMs = 5_000
const gossipTimeoutMs = 2_000
const maxConcurrent = 256
const maxQueued = 512
const maxAnswerBytes = 8 * 1024 * 1024

interface Peer {
  readonly name: RegionName
  readonly link: Faults
  readonly fetch: typeof fetch
  readonly breaker: Breaker
  readonly policy: Policy
}

export function createMesh(options: MeshOptions): Mesh {
  const { region, secret, registry, hybridClock, clock, random, emit, local, hearing } = options
  const { tracing, metrics, watched, watchedBalancer } = options.telemetry
  const names = regionNames.filter((name) => name !== region)

  const peers = new Map<RegionName, Peer>(
    names.map((name) => {
      const link = faults({ clock, random })
      const breaker = watched(createBreaker({ name: `region ${name}`, trip: consecutive(5), openMs: 400, probes: 1, judge: peerHealth, clock, random }))
      const budget = createBudget({ clock })
      const policy = compose(
        timeout(callTimeoutMs, { clock }),
        retry({ retries: 2, baseMs: 30, maxMs: 250, judge: repeatable, budget, clock, random }),
        breaker,
        bulkhead({ limit: maxConcurrent, queue: maxQueued, clock }),
        timeout(attemptTimeoutMs, { clock }),
      )
      return [name, { name, link, fetch: link.fetch(options.fetch), breaker, policy }]
    }),
  )
  const gossipPolicy = timeout(gossipTimeoutMs, { clock })
  const peerOf = (name: RegionName): Peer => {
    const peer = peers.get(name)
    if (peer === undefined) throw new TypeError(`${name} is no peer of ${region}`)
    return peer
  }

  const send = async (peer: Peer, path: string, body: Uint8Array, signal: AbortSignal): Promise<Uint8Array> => {
    const address = registry.address(peer.name)
    if (address === undefined) throw new TransportError(`${peer.name} has no address yet`)
    const stamp = encode(hybridClock.now())
    const traceparent = tracing.traceparent()
    const headers: Record<string, string> = {
      'content-type': 'application/octet-stream',
      [signedHeaders.from]: region,
      [signedHeaders.stamp]: stamp,
      [signedHeaders.signature]: sign(secret, { from: region, stamp, subject: `POST ${path}`, body }),
      ...(traceparent === undefined ? {} : { traceparent }),
    }
    let response: Response
    let answer: Uint8Array
    try {
      response = await peer.fetch(`${address}${path}`, { method: 'POST', headers, body: body as Uint8Array<ArrayBuffer>, signal })
      answer = await bounded(response, maxAnswerBytes)
    } catch (error) {
      if (signal.aborted) throw signal.reason
      throw new TransportError(`no answer from ${peer.name}`, { cause: error })
    }
    const theirs = response.headers.get(signedHeaders.stamp) ?? ''
    const signature = response.headers.get(signedHeaders.signature) ?? ''
    if (!verify(secret, { from: peer.name, stamp: theirs, subject: `${response.status} ${stamp}`, body: answer }, signature)) {
      throw new TransportError(`the answer from ${peer.name} was damaged on the way (status ${response.status})`)
    }
    const drift = await hearing.hear(peer.name, theirs)
    if (drift !== undefined) throw new RemoteError('drift', drift.message, { offsetMs: drift.offsetMs })
    if (response.status >= 500) throw new TransportError(`${peer.name} answered ${response.status}`)
    if (response.status !== 200) throw refusalOf(response.status, answer)
    return answer
  }

  const ask = <T>(name: RegionName, service: ServiceName, method: string, payload: unknown, { signal }: { readonly signal?: AbortSignal } = {}): Promise<T> => {
    const peer = peerOf(name)
    const body = new TextEncoder().encode(JSON.stringify({ service, method, payload }))
    return tracing.span(`${service}.${method}`, { 'peer.region': name }, async () => {
      const started = clock.monotonic()
      const report = (outcome: 'ok' | 'failed' | 'refused' | 'retried'): void => {
        metrics.count('distrolearn_mesh_calls_total', { to: name, outcome })
        const traceId = tracing.traceId()
        emit({ type: 'call', to: name, service, outcome, durationMs: clock.monotonic() - started, ...(traceId === undefined ? {} : { traceId }) })
      }
      try {
        const answer = await peer.policy.run(
          ({ signal: attemptSignal, attempt }) => {
            metrics.count('distrolearn_mesh_attempts_total', { to: name })
            if (attempt > 1) report('retried')
            return tracing.span('attempt', { attempt }, () => send(peer, '/internal/call', body, attemptSignal))
          },
          signal === undefined ? {} : { signal },
        )
        report('ok')
        return JSON.parse(new TextDecoder().decode(answer)) as T
      } catch (error) {
        if (error instanceof RemoteError && error.code !== 'drift') {
          report('ok')
          throw error
        }
        report(error instanceof RefusedError ? 'refused' : 'failed')
        const retryAfterMs = error instanceof RefusedError ? Math.max(error.retryAfterMs, 50) : 200
        throw new Unavailable(`${service} cannot be reached from ${region} now; nothing was changed that a repetition would not find`, retryAfterMs, { cause: error })
      }
    })
  }

  const finding = createFinding({ region, registry, ask, clock, random, watchedBalancer })

  return {
    ask,
    find: finding.find,
    call: (service, method, payload, callOptions) => {
      const [first] = regionsServing(service)
      if (first === region) return local(service, method, payload) as Promise<never>
      return ask(first ?? region, service, method, payload, callOptions)
    },
    exchange: async (name, bytes) => {
      const peer = peerOf(name)
      return gossipPolicy.run(({ signal }) => send(peer, '/internal/gossip', bytes, signal))
    },
    peers: names,
    breakers: [...peers.values()].map(({ breaker }) => breaker),
    link: (name) => peerOf(name).link,
    [Symbol.dispose]() {
      finding[Symbol.dispose]()
      for (const { link, breaker } of peers.values()) {
        link[Symbol.dispose]()
        breaker[Symbol.dispose]()
      }
    },
  }
}

function refusalOf(status: number, answer: Uint8Array): Error {
  try {
    const { code, message, ...details } = JSON.parse(new TextDecoder().decode(answer)) as { code: string; message: string }
    // It was damaged on the way there: the next copy may arrive whole.
    if (code === 'damaged') return new TransportError(message)
    return new RemoteError(code, message, details)
  } catch (error) {
    return new TransportError(`an answer with status ${status} that cannot be read`, { cause: error })
  }
}

/** Reads a body, but never more than `limit` bytes of it. */
async function bounded(response: Response, limit: number): Promise<Uint8Array> {
  const announced = Number(response.headers.get('content-length') ?? 0)
  if (announced > limit) throw new RangeError(`an answer of ${announced} bytes; at most ${limit} are read`)
  const bytes = new Uint8Array(await response.arrayBuffer())
  if (bytes.length > limit) throw new RangeError(`an answer of ${bytes.length} bytes; at most ${limit} are read`)
  return bytes
}
