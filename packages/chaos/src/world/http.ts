import { MAX_IN_FLIGHT, SILENCE_MS } from '../ground/defaults.ts'
import { LinkError } from '../ground/errors.ts'
import { callable } from '../ground/options.ts'
import type { Timer } from '../ground/types.ts'
import type { Serve } from './env.ts'

/** HTTP of one life: a server if it serves, a client whenever it fetches. Every message is bytes on the world's network. */
export interface Http {
  readonly fetch: typeof fetch
  serve(handler: Serve): void
  receive(from: string, bytes: Uint8Array): void
  /** What the clients of this life are told when it ends. */
  resets(): readonly { readonly to: string; readonly bytes: Uint8Array }[]
}

/** What HTTP asks of its node. */
export interface HttpParts {
  readonly name: string
  readonly life: number
  readonly send: (to: string, bytes: Uint8Array) => void
  readonly peers: () => readonly string[]
  readonly after: (ms: number, run: () => void) => Timer
}

interface Head {
  readonly type: 'request' | 'answer' | 'refused' | 'reset'
  readonly id: string
  readonly method?: string
  readonly url?: string
  readonly status?: number
  readonly headers?: readonly (readonly [string, string])[]
}

const NEWLINE = 10
const BODILESS: readonly number[] = [204, 205, 304]

function frame(head: Head, body: Uint8Array = new Uint8Array()): Uint8Array {
  const line = new TextEncoder().encode(`${JSON.stringify(head)}\n`)
  const bytes = new Uint8Array(line.length + body.length)
  bytes.set(line)
  bytes.set(body, line.length)
  return bytes
}

/** A damaged head is no message: whoever waits for it goes on waiting, as for a lost one. */
function unframe(bytes: Uint8Array): { readonly head: Head; readonly body: Uint8Array<ArrayBuffer> } | undefined {
  const end = bytes.indexOf(NEWLINE)
  try {
    const head = JSON.parse(new TextDecoder('utf8', { fatal: true }).decode(bytes.subarray(0, end))) as Head
    return { head, body: bytes.slice(end + 1) }
  } catch {
    return undefined
  }
}

/** A message that can still be read as JSON and is no HTTP any more is none either. */
function whole<Message>(make: () => Message): Message | undefined {
  try {
    return make()
  } catch {
    return undefined
  }
}

/** What a machine answers to a request when no program runs there. */
export function refusalOf(bytes: Uint8Array): Uint8Array | undefined {
  const message = unframe(bytes)
  return message?.head.type === 'request' ? frame({ type: 'refused', id: message.head.id }) : undefined
}

const failed = (code: LinkError['code'], fault: LinkError['fault'], message: string): TypeError =>
  new TypeError('fetch failed', { cause: new LinkError(code, fault, message) })

export function createHttp({ name, life, send, peers, after }: HttpParts): Http {
  let handler: Serve | undefined
  let asked = 0
  const waiting = new Map<string, { settle(outcome: Response | TypeError): void }>()
  /** Requests that are being answered, and by whom they were asked. */
  const answering = new Map<string, string>()

  async function answer(from: string, { id, method = 'GET', url = '', headers = [] }: Head, body: Uint8Array<ArrayBuffer>): Promise<void> {
    if (handler === undefined) return send(from, frame({ type: 'refused', id }))
    const request = whole(() => new Request(url, { method, headers: headers as [string, string][], ...(body.length > 0 && method !== 'GET' && method !== 'HEAD' ? { body } : {}) }))
    if (request === undefined) return
    answering.set(id, from)
    let response: Response
    try {
      response = await handler(request)
    } catch {
      response = new Response(null, { status: 500 })
    }
    const bytes = new Uint8Array(await response.arrayBuffer())
    answering.delete(id)
    send(from, frame({ type: 'answer', id, status: response.status, headers: [...response.headers] }, bytes))
  }

  function settle({ type, id, status = 200, headers = [] }: Head, from: string, body: Uint8Array<ArrayBuffer>): void {
    const caller = waiting.get(id)
    if (type === 'answer') {
      const response = whole(() => new Response(BODILESS.includes(status) ? null : body, { status, headers: headers as [string, string][] }))
      if (response !== undefined) caller?.settle(response)
    } else if (type === 'refused') caller?.settle(failed('ECONNREFUSED', 'cut', `Nobody serves on '${from}'`))
    else if (type === 'reset') caller?.settle(failed('ECONNRESET', 'cut', `'${from}' crashed before it answered`))
  }

  return {
    serve(given) {
      handler = callable('handler', given)
    },
    receive(from, bytes) {
      const message = unframe(bytes)
      if (message === undefined) return
      if (message.head.type === 'request') void answer(from, message.head, message.body)
      else settle(message.head, from, message.body)
    },
    resets: () => [...answering].map(([id, to]) => ({ to, bytes: frame({ type: 'reset', id }) })),
    async fetch(input, init) {
      const request = new Request(input, init)
      const { signal } = request
      signal.throwIfAborted()
      const { hostname } = new URL(request.url)
      const to = peers().find((peer) => peer.toLowerCase() === hostname)
      if (to === undefined) throw new TypeError('fetch failed', { cause: new RangeError(`Expected the name of another node as host, got '${hostname}'. Nodes: ${peers().join(', ')}.`) })
      if (waiting.size >= MAX_IN_FLIGHT) throw failed('EMFILE', 'full', `More than ${MAX_IN_FLIGHT} requests wait`)
      const body = new Uint8Array(await request.arrayBuffer())
      // The number alone would not do: a late answer to an earlier life must not settle a request of this one.
      const id = `${name} ${life} ${++asked}`
      return new Promise((resolve, reject) => {
        const abort = (): void => finish(signal.reason)
        const finish = (error: unknown, response?: Response): void => {
          waiting.delete(id)
          silence.cancel()
          signal.removeEventListener('abort', abort)
          if (response === undefined) reject(error)
          else resolve(response)
        }
        const silence = after(SILENCE_MS, () => finish(failed('ETIMEDOUT', 'loss', `Nothing was heard from '${to}' for ${SILENCE_MS} ms`)))
        waiting.set(id, { settle: (outcome) => (outcome instanceof Response ? finish(undefined, outcome) : finish(outcome)) })
        signal.addEventListener('abort', abort, { once: true })
        send(to, frame({ type: 'request', id, method: request.method, url: request.url, headers: [...request.headers] }, body))
      })
    },
  }
}
