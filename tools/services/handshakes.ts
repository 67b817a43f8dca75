import type { Greeting } from './greeting.ts'

/** PostgreSQL's StartupMessage of protocol 3.0: length, version, then pairs of strings, each ended by a zero. */
export function startupMessage(user: string, database: string): Uint8Array {
  const pairs = Buffer.from(['user', user, 'database', database, ''].map((text) => `${text}\0`).join(''))
  const head = Buffer.alloc(8)
  head.writeUInt32BE(8 + pairs.length, 0)
  head.writeUInt32BE(196_608, 4)
  return Buffer.concat([head, pairs])
}

/**
 * Reads PostgreSQL's messages (a letter, a length, a body) until one decides: `Z` lets us in, `E` refuses,
 * `R` with a number other than 0 asks for a password, which only a client can give.
 */
export function hearPostgres(bytes: Buffer, hasPassword: boolean): Greeting | undefined {
  for (let at = 0; at + 5 <= bytes.length;) {
    const kind = String.fromCodePoint(bytes[at] ?? 0)
    const length = bytes.readUInt32BE(at + 1)
    if (!'RSKZENv'.includes(kind) || length < 4 || length > 100_000) return { ok: false, reason: 'speaks another protocol' }
    if (at + 1 + length > bytes.length) return undefined
    const body = bytes.subarray(at + 5, at + 1 + length)
    if (kind === 'Z') return { ok: true }
    if (kind === 'E') return { ok: false, reason: refusal(body) }
    if (kind === 'R' && body.readUInt32BE(0) !== 0) return hasPassword ? { ok: true } : { ok: false, reason: 'asks for a password, and PGPASSWORD is not set' }
    at += 1 + length
  }
  return undefined
}

/** The `M` field of an ErrorResponse: what the server says in words. */
function refusal(body: Buffer): string {
  const fields = body.toString('utf8').split('\0')
  return fields.find((field) => field.startsWith('M'))?.slice(1) ?? 'refused'
}

/** Redis answers PING with +PONG, or with an error when it wants a password first. */
export function hearRedis(bytes: Buffer): Greeting | undefined {
  const text = bytes.toString('latin1')
  if (!text.includes('\r\n')) return undefined
  const [line = ''] = text.split('\r\n')
  if (line === '+PONG') return { ok: true }
  return { ok: false, reason: line.startsWith('-') ? line.slice(1) : 'speaks another protocol' }
}

/** NATS speaks first: INFO and a JSON object. */
export function hearNats(bytes: Buffer): Greeting | undefined {
  const text = bytes.toString('latin1')
  if (!text.includes('\r\n')) return undefined
  return text.startsWith('INFO {') ? { ok: true } : { ok: false, reason: 'speaks another protocol' }
}
