import type { Socket } from 'node:net'

import { flipByte } from '../core/damage.ts'
import type { Damage } from '../core/damage.ts'
import { discard, spoil } from '../faulty-fetch.ts'
import { LinkError } from '../ground/errors.ts'
import type { Link } from '../link.ts'

/** A server in the shape of `fetch`: Hono's `app.fetch`, and what Bun, Deno and workers take. */
export type Handler<Rest extends readonly unknown[]> = (request: Request, ...rest: Rest) => Response | Promise<Response>

/**
 * The same handler behind a link. A duplicated request runs the handler twice, a lost answer lets it run for nothing.
 *
 * A call that gets no answer hangs up: under `@hono/node-server` (whose bindings bring the socket) the connection is
 * destroyed, so the client sees a reset. Servers that give no socket get the {@link LinkError} thrown instead.
 */
export function faultyHandler<Rest extends readonly unknown[]>(link: Link, handler: Handler<Rest>): (request: Request, ...rest: Rest) => Promise<Response> {
  return async (request, ...rest) => {
    const keeps = request.body !== null && (link.current.duplicate > 0 || link.current.corrupt > 0)
    let bytes: Promise<Uint8Array> | undefined

    const deliver = async (damage: Damage | undefined): Promise<Response> => {
      if (!keeps) return handler(request, ...rest)
      bytes ??= request.arrayBuffer().then((buffer) => new Uint8Array(buffer))
      const kept = await bytes
      const body = damage === undefined ? new Uint8Array(kept) : flipByte(kept, damage)
      return handler(new Request(request.url, { method: request.method, headers: request.headers, body, signal: request.signal }), ...rest)
    }

    try {
      return await link.carry({ deliver, spoil, discard, signal: request.signal })
    } catch (error) {
      const socket = socketOf(rest[0])
      if (!(error instanceof LinkError) || socket === undefined) throw error
      socket.destroy()
      return new Response(null, { headers: { 'x-hono-already-sent': 'true' } })
    }
  }
}

function socketOf(bindings: unknown): Socket | undefined {
  return (bindings as { readonly incoming?: { readonly socket?: Socket } } | undefined)?.incoming?.socket
}
