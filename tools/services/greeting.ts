import { connect } from 'node:net'

/** What a service said to a first message: it is there and lets us in, or the reason why not. */
export type Greeting = { readonly ok: true } | { readonly ok: false; readonly reason: string }

export interface Talk {
  readonly host: string
  readonly port: number
  readonly limitMs: number
  /** Sent as soon as the line stands. Nothing for a service that speaks first. */
  readonly hello?: Uint8Array
  /** Reads all that came so far: a verdict, or nothing yet. */
  hear(bytes: Buffer): Greeting | undefined
}

/** One short talk over TCP. Never throws: a closed port, a silent one and a wrong answer are all verdicts. */
export function greet({ host, port, limitMs, hello, hear }: Talk): Promise<Greeting> {
  return new Promise((resolve) => {
    const socket = connect({ host, port })
    let heard = Buffer.alloc(0)
    const end = (greeting: Greeting): void => {
      clearTimeout(limit)
      socket.destroy()
      resolve(greeting)
    }
    const limit = setTimeout(() => end({ ok: false, reason: heard.length === 0 ? `silent for ${limitMs} ms` : 'speaks another protocol' }), limitMs)
    socket.once('connect', () => {
      if (hello !== undefined) socket.write(hello)
    })
    socket.on('data', (bytes) => {
      heard = Buffer.concat([heard, bytes])
      const verdict = hear(heard)
      if (verdict !== undefined) end(verdict)
    })
    socket.once('error', (error: NodeJS.ErrnoException) => end({ ok: false, reason: error.code ?? error.message }))
    socket.once('close', () => end({ ok: false, reason: 'hung up without a word that it understands' }))
  })
}
