/**
 * Idempotency-Key over HTTP (draft-ietf-httpapi-idempotency-key-header): the key is the saga's id, so the promise that the header makes is kept by the saga's store.
 * Web-standard `Request` in, `Response` out; it fits fetch handlers as they are (`app.post('/orders', (c) => handle(c.req.raw))`).
 */
import { systemClock } from '../ground/clock.ts'
import { IdConflict, SagaFailed, type Clock, type Engine, type SagaDefinition } from '../index.ts'

export interface IdempotentOptions<Input, Output> {
  readonly engine: Pick<Engine, 'start' | 'get'>
  readonly saga: SagaDefinition<Input, Output>
  /** Makes the input of the request's JSON body; what it throws is a 400 with its message. */
  readonly input: (body: unknown, request: Request) => Input
  /** Put before the key, so that two callers' keys are two ids: say who is calling. Default: the empty text. */
  readonly scope?: (request: Request) => string
  /**
   * How long a key can be used, in ms from the first request by the store's clock; later it is refused with 422, and what it did is not done again. Say it to your
   * callers, and forget a saga no earlier. Default: for as long as the store keeps the saga.
   */
  readonly maxAgeMs?: number
  /** How long to wait for the outcome before 202 is answered, in ms. Default 30 000. */
  readonly waitMs?: number
  /** Measures `waitMs` and, by `now`, the age of keys. Default: the system's. */
  readonly clock?: Pick<Clock, 'after' | 'now'>
  /** Largest body in bytes. Default 1 MiB. */
  readonly maxBytes?: number
  /** The answer to a saga that completed. Default: 200 with the output as JSON. */
  readonly completed?: (output: Output) => Response
  /** The answer to one that was undone. Default: 409's neighbour 424 with the cause as problem details. */
  readonly failed?: (error: SagaFailed) => Response
}

const TIRED = new Error('waited long enough')
const MAX_KEY = 255
const WAIT_MS = 30_000
const MAX_BYTES = 1_048_576

/**
 * A handler that starts one saga for each key. 400: no key, or a body that is no input. 409: the first request with this key is still under way.
 * 422: the key was used for another request, or is older than `maxAgeMs`. 202: it is taking longer than `waitMs`; ask again with the same key. A repetition gets the first outcome,
 * and is told so: `idempotency-replayed: true`, with the key's age in seconds as `age`.
 */
export function idempotent<Input, Output>(options: IdempotentOptions<Input, Output>): (request: Request) => Promise<Response> {
  const { engine, saga, input, scope = () => '', maxAgeMs = Infinity, waitMs = WAIT_MS, maxBytes = MAX_BYTES, clock = systemClock } = options
  if (!(maxAgeMs > 0)) throw new RangeError(`idempotent: expected maxAgeMs above 0, came ${maxAgeMs}`)
  const completed = options.completed ?? ((output: Output) => Response.json(output ?? null))
  const failed = options.failed ?? ((error: SagaFailed) => problem(424, 'The request was undone', (error.cause as Error | undefined)?.message ?? error.message, { undone: error.undone }))

  return async (request) => {
    const key = keyOf(request.headers.get('idempotency-key'))
    if (key === undefined) return problem(400, 'Idempotency-Key is missing', `send an Idempotency-Key header of 1 to ${MAX_KEY} visible characters, the same at every repetition of this request`)
    let given: Input
    try {
      given = input(await bodyOf(request, maxBytes), request)
    } catch (error) {
      return problem(400, 'The request cannot be understood', (error as Error).message)
    }
    const id = `${scope(request)}${key}`
    const before = await engine.get(id)
    const ageMs = before === undefined ? 0 : Math.max(0, clock.now() - before.createdAt)
    if (ageMs > maxAgeMs) return problem(422, 'Idempotency-Key is too old', `it was first used ${Math.round(ageMs / 1000)} s ago and holds for ${Math.round(maxAgeMs / 1000)} s; send a new one for a new request`)
    const answered = (response: Response): Response => (before === undefined ? response : replayed(response, ageMs))
    try {
      const run = await engine.start(saga, given, { id })
      if (before !== undefined && before.state !== 'completed' && before.state !== 'compensated' && before.state !== 'stuck') {
        return problem(409, 'The first request is still under way', 'a request with this Idempotency-Key has no outcome yet; ask again later', {}, { 'retry-after': '1' })
      }
      return answered(completed(await patiently(clock, waitMs, request.signal, (signal) => run.result({ signal }))))
    } catch (error) {
      if (error instanceof IdConflict) return problem(422, 'Idempotency-Key was used for another request', error.message)
      if (error instanceof SagaFailed && error.stuck.length === 0) return answered(failed(error))
      if (error instanceof SagaFailed) return problem(500, 'The request needs a person', `'${id}' is stuck; it is neither done nor undone`)
      if (error === TIRED) return problem(202, 'The request is under way', 'it has no outcome yet; ask again with the same key', {}, { 'retry-after': '1' })
      throw error
    }
  }
}

/** The answer with its age. A copy, since the headers of some responses cannot be changed. */
function replayed(response: Response, ageMs: number): Response {
  const headers = new Headers(response.headers)
  headers.set('idempotency-replayed', 'true')
  headers.set('age', String(Math.floor(ageMs / 1000)))
  return new Response(response.body, { status: response.status, statusText: response.statusText, headers })
}

/** Waits until `ms` have passed or the caller has gone. */
async function patiently<T>(clock: Pick<Clock, 'after'>, ms: number, gone: AbortSignal, wait: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const tired = new AbortController()
  const timer = clock.after(ms, () => tired.abort(TIRED))
  try {
    return await wait(AbortSignal.any([gone, tired.signal]))
  } finally {
    timer.cancel()
  }
}

/** The header is a structured string ("…" with escapes); a bare token is taken as well, since many send one. */
function keyOf(header: string | null): string | undefined {
  if (header === null) return undefined
  const quoted = /^"((?:[^"\\]|\\["\\])*)"$/.exec(header.trim())
  const key = quoted === null ? header.trim() : (quoted[1] as string).replaceAll(/\\(["\\])/g, '$1')
  return /^[\x21-\x7e]+$/.test(key) && key.length <= MAX_KEY ? key : undefined
}

async function bodyOf(request: Request, maxBytes: number): Promise<unknown> {
  const announced = Number(request.headers.get('content-length') ?? 0)
  if (announced > maxBytes) throw new RangeError(`expected a body of at most ${maxBytes} bytes, ${announced} are announced`)
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of request.body ?? []) {
    size += chunk.byteLength
    if (size > maxBytes) throw new RangeError(`expected a body of at most ${maxBytes} bytes, more came`)
    chunks.push(chunk)
  }
  const bytes = new Uint8Array(size)
  let at = 0
  for (const chunk of chunks) {
    bytes.set(chunk, at)
    at += chunk.byteLength
  }
  return size === 0 ? undefined : JSON.parse(new TextDecoder().decode(bytes)) as unknown
}

function problem(status: number, title: string, detail: string, more: object = {}, headers: Record<string, string> = {}): Response {
  return new Response(JSON.stringify({ status, title, detail, ...more }), { status, headers: { 'content-type': 'application/problem+json', ...headers } })
}
