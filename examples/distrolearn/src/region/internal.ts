// Promise: what a peer says is heard only if it was said by that peer, whole, and by a clock that is not ahead of ours.

import { Hono } from 'hono'
import { encode, type HybridClock } from '@distrokit/hlc'
import { TransportError, Unavailable } from '../mesh/errors.ts'
import type { Hearing } from '../mesh/hearing.ts'
import { sign, signedHeaders, verify } from '../mesh/signing.ts'
import { services, type ServiceName } from '../mesh/registry.ts'
import type { Local } from '../mesh/mesh.ts'
import { regionNames, type RegionName } from '../ground/regions.ts'
import type { Telemetry } from '../telemetry/telemetry.ts'
import { Refusal } from '../ground/refusal.ts'
import { bounds } from '../ground/config.ts'

export interface InternalOptions {
  readonly region: RegionName
  readonly secret: string
  readonly hybridClock: HybridClock
  readonly telemetry: Pick<Telemetry, 'tracing' | 'metrics' | 'log'>
  readonly local: Local
  readonly hearing: Hearing
  readonly gossip: (from: RegionName, bytes: Uint8Array) => Uint8Array
}

interface Answer {
  readonly status: 200 | 400 | 401 | 409 | 413 | 422 | 503
  readonly body: Uint8Array
}

const text = new TextEncoder()
const json = (status: Answer['status'], value: unknown): Answer => ({ status, body: text.encode(JSON.stringify(value)) })
const isRegion = (name: string): name is RegionName => (regionNames as readonly string[]).includes(name)
const isService = (name: unknown): name is ServiceName => typeof name === 'string' && Object.hasOwn(services, name)

/** An answer for an error: a domain's "no" keeps its code and facts, anything else may be asked again. */
function failure(error: unknown): Answer {
  if (error instanceof Unavailable || error instanceof TransportError) return json(503, { code: error.code, message: error.message })
  if (error instanceof Refusal) return json(422, { ...error, code: error.code, message: error.message })
  return json(503, { code: 'internal', message: 'this failed on our side' })
}

export function createInternal(options: InternalOptions): Hono {
  const { region, secret, hybridClock, telemetry: { tracing, metrics, log }, local, hearing, gossip } = options

  const handle = async (request: Request, path: string): Promise<Response> => {
    const from = request.headers.get(signedHeaders.from) ?? ''
    const stamp = request.headers.get(signedHeaders.stamp) ?? ''
    const body = new Uint8Array(await request.arrayBuffer())
    const signature = request.headers.get(signedHeaders.signature) ?? ''
    let answer: Answer
    if (body.length > bounds.gossipBytes) answer = json(413, { code: 'too-large', message: `at most ${bounds.gossipBytes} bytes` })
    else if (!isRegion(from) || !verify(secret, { from, stamp, subject: `POST ${path}`, body }, signature)) {
      metrics.count('distrolearn_damaged_total')
      answer = json(401, { code: 'damaged', message: 'the message does not match its signature' })
    } else answer = await heard(from, stamp, path, body).catch(failure)
    const own = encode(hybridClock.now())
    return new Response(answer.body as Uint8Array<ArrayBuffer>, {
      status: answer.status,
      headers: {
        'content-type': 'application/octet-stream',
        [signedHeaders.from]: region,
        [signedHeaders.stamp]: own,
        // The request's stamp is part of what is signed, so that an answer fits one question only.
        [signedHeaders.signature]: sign(secret, { from: region, stamp: own, subject: `${answer.status} ${stamp}`, body: answer.body }),
      },
    })
  }

  const heard = async (from: RegionName, stamp: string, path: string, body: Uint8Array): Promise<Answer> => {
    const drift = await hearing.hear(from, stamp)
    if (drift !== undefined) return json(409, { code: 'drift', message: drift.message, offsetMs: drift.offsetMs })
    if (path === '/internal/gossip') return { status: 200, body: gossip(from, body) }
    const { service, method, payload } = JSON.parse(new TextDecoder().decode(body)) as { service: unknown; method: unknown; payload: unknown }
    if (!isService(service) || typeof method !== 'string') return json(400, { code: 'no-such-service', message: `no service ${String(service)}` })
    return json(200, (await tracing.span(`serve ${service}.${method}`, { 'peer.region': from }, () => local(service, method, payload))) ?? null)
  }

  const app = new Hono()
  // Without a signature this is a lost answer to whoever asked, and lost answers are asked for again.
  app.onError((error, context) => {
    log.error({ error: error.message }, 'a peer could not be answered')
    return context.json({ code: 'internal' }, 503)
  })
  for (const path of ['/internal/call', '/internal/gossip']) {
    app.post(path, (context) => tracing.continued(context.req.header('traceparent'), () => handle(context.req.raw, path)))
  }
  return app
}
