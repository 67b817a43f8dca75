import { flipByte } from './core/damage.ts'
import type { Damage } from './core/damage.ts'
import { LinkError } from './ground/errors.ts'
import type { Link } from './link.ts'

/** `inner` through a link: same shape, same errors as a real fetch has on a bad day. */
export function faultyFetch(link: Link, inner?: typeof fetch): typeof fetch {
  return async (input, init) => {
    const call = inner ?? fetch
    const request = input instanceof Request ? input : undefined
    const signal = init?.signal ?? request?.signal
    const body = init?.body ?? request?.body ?? null
    // A body that is a stream can be read only once; it is kept as bytes where it may have to be sent twice or changed.
    const keeps = body !== null && (link.current.duplicate > 0 || link.current.corrupt > 0)
    let bytes: Promise<Uint8Array> | undefined

    const deliver = async (damage: Damage | undefined): Promise<Response> => {
      if (!keeps) return call(input, init)
      bytes ??= new Response(body).arrayBuffer().then((buffer) => new Uint8Array(buffer))
      const kept = await bytes
      const sent = damage === undefined ? new Uint8Array(kept) : flipByte(kept, damage)
      const headers = new Headers(init?.headers ?? request?.headers)
      const type = new Response(body instanceof ReadableStream ? null : body).headers.get('content-type')
      if (type !== null && !headers.has('content-type')) headers.set('content-type', type)
      return call(request?.url ?? input, { ...(request === undefined ? {} : settings(request)), ...init, headers, body: sent })
    }

    try {
      return await link.carry({ deliver, spoil, discard, signal })
    } catch (error) {
      throw error instanceof LinkError ? new TypeError('fetch failed', { cause: error }) : error
    }
  }
}

/** Lets go of a body that nobody will read, so that its connection is free. */
export function discard(answer: Response): void {
  answer.body?.cancel().catch(() => {})
}

function settings(request: Request): RequestInit {
  const { method, mode, credentials, cache, redirect, referrer, integrity, keepalive, signal } = request
  return { method, mode, credentials, cache, redirect, referrer, integrity, keepalive, signal }
}

/** The same answer with one byte flipped in the first chunk of its body, which is passed on as it streams. */
export function spoil(answer: Response, damage: Damage): Response {
  if (answer.body === null) return answer
  let done = false
  const flipped = answer.body.pipeThrough(
    new TransformStream<Uint8Array, Uint8Array>({
      transform(chunk, controller) {
        controller.enqueue(done || chunk.length === 0 ? chunk : flipByte(chunk, damage))
        done ||= chunk.length > 0
      },
    }),
  )
  const { status, statusText, headers, url, redirected } = answer
  return Object.defineProperties(new Response(flipped, { status, statusText, headers }), {
    url: { value: url },
    redirected: { value: redirected },
  })
}
