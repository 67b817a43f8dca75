import { IncomingMessage, ServerResponse } from 'node:http'
import { Duplex } from 'node:stream'

import { flipByte } from '../core/damage.ts'
import type { Damage } from '../core/damage.ts'
import type { Link } from '../link.ts'

/** What `http.createServer` takes. */
export type Listener = (request: IncomingMessage, response: ServerResponse) => void

/**
 * The same listener behind a link. The answer's way begins with its first byte; what the listener writes meanwhile is
 * kept back. A call that gets no answer has its connection destroyed, so the client sees a reset. A duplicated request
 * runs the listener a second time against a response that nobody reads.
 */
export function faultyListener(link: Link, listener: Listener): Listener {
  return (request, response) => {
    const keeps = link.current.duplicate > 0 || link.current.corrupt > 0
    const gone = new AbortController()
    response.once('close', () => gone.abort(new Error('The client hung up')))
    let body: Promise<Uint8Array> | undefined
    let gate: Gate | undefined

    const deliver = async (damage: Damage | undefined): Promise<Gate> => {
      if (keeps) body ??= collect(request)
      const kept = await body
      const delivered = kept === undefined ? request : replayed(request, damage === undefined ? kept : flipByte(kept, damage))
      if (gate !== undefined) {
        listener(delivered, unread(delivered))
        await gate.reached
        return gate
      }
      gate = gateOf(response)
      listener(delivered, response)
      await gate.reached
      return gate
    }

    link.carry({ deliver, spoil: (answer, damage) => answer.spoil(damage), signal: gone.signal }).then(
      (answer) => answer.open(),
      () => request.socket.destroy(),
    )
  }
}

/** Holds back what a listener writes until the answer's way is over. */
interface Gate {
  /** Resolves when the listener sends the first byte of its answer. */
  readonly reached: Promise<void>
  open(): void
  spoil(damage: Damage): Gate
}

function gateOf(response: ServerResponse): Gate {
  const { promise: reached, resolve: reach } = Promise.withResolvers<void>()
  const kept: (() => void)[] = []
  let open = false
  let damage: Damage | undefined

  for (const method of ['flushHeaders', 'write', 'end'] as const) {
    const send = response[method].bind(response) as (...parts: unknown[]) => unknown
    const gated = (...parts: unknown[]): unknown => {
      reach()
      const pass = (): unknown => send(...damaged(parts))
      if (open) return pass()
      kept.push(pass)
      return method === 'write' ? false : response
    }
    Object.assign(response, { [method]: gated })
  }

  function damaged(parts: unknown[]): unknown[] {
    const [chunk, encoding, ...rest] = parts
    if (damage === undefined || (typeof chunk !== 'string' && !(chunk instanceof Uint8Array)) || chunk.length === 0) return parts
    const bytes = typeof chunk === 'string' ? Buffer.from(chunk, typeof encoding === 'string' ? (encoding as BufferEncoding) : 'utf8') : chunk
    const spoilt = flipByte(bytes, damage)
    damage = undefined
    return [spoilt, ...(typeof encoding === 'string' ? [] : [encoding]), ...rest].filter((part) => part !== undefined)
  }

  const gate: Gate = {
    reached,
    open() {
      open = true
      for (const pass of kept) pass()
      kept.length = 0
      if (!response.writableEnded) response.emit('drain')
    },
    spoil(given) {
      damage = given
      return gate
    },
  }
  return gate
}

async function collect(request: IncomingMessage): Promise<Uint8Array> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks)
}

/** The same request with a body of its own, to be read from the start. */
function replayed(request: IncomingMessage, body: Uint8Array): IncomingMessage {
  const { method, url, headers, rawHeaders, httpVersion, httpVersionMajor, httpVersionMinor } = request
  const again = Object.assign(new IncomingMessage(request.socket), { method, url, headers, rawHeaders, httpVersion, httpVersionMajor, httpVersionMinor })
  again.push(body)
  again.push(null)
  again.complete = true
  return again
}

/** A response whose bytes go nowhere. */
function unread(request: IncomingMessage): ServerResponse {
  const response = new ServerResponse(request)
  const nowhere = new Duplex({ read() {}, write: (_chunk, _encoding, done: () => void) => done() })
  response.assignSocket(nowhere as unknown as Parameters<ServerResponse['assignSocket']>[0])
  return response
}
