// Promise: where strangers meet, damage breaks a message and never changes it, as TLS would have it. Between regions the mesh signs for itself.

import { createHash } from 'node:crypto'

const header = 'x-seal'

function sealOf(subject: string, headers: Headers, body: Uint8Array): string {
  const hash = createHash('sha256').update(subject)
  for (const [name, value] of [...headers].filter(([name]) => name !== header).sort()) hash.update(`\n${name}: ${value}`)
  return hash.update('\n\n').update(body).digest('base64url')
}

/** A client that seals what it asks, and takes no answer with a broken seal. */
export function sealing(fetch: typeof globalThis.fetch): typeof globalThis.fetch {
  return async (input, init) => {
    const request = new Request(input, init)
    const body = new Uint8Array(await request.clone().arrayBuffer())
    const headers = new Headers(request.headers)
    headers.set(header, sealOf(`${request.method} ${request.url}`, headers, body))
    const response = await fetch(request.url, { method: request.method, headers, signal: request.signal, ...(body.length > 0 ? { body } : {}) })
    const answer = new Uint8Array(await response.clone().arrayBuffer())
    if (response.headers.get(header) !== sealOf(String(response.status), response.headers, answer)) throw new TypeError('fetch failed', { cause: new Error('the answer was damaged on the way') })
    return response
  }
}

/** A server that answers nothing whose seal is broken: whoever asked waits, as for a message that was lost. */
export function sealed(serve: (request: Request) => Response | Promise<Response>): (request: Request) => Promise<Response> {
  return async (request) => {
    const asked = new Uint8Array(await request.clone().arrayBuffer())
    if (request.headers.get(header) !== sealOf(`${request.method} ${request.url}`, request.headers, asked)) return new Promise(() => undefined)
    const response = await serve(request)
    const body = new Uint8Array(await response.arrayBuffer())
    const headers = new Headers(response.headers)
    headers.set(header, sealOf(String(response.status), headers, body))
    return new Response(body.length > 0 ? body : null, { status: response.status, headers })
  }
}
