// Promise: what a region hears from a peer was said by that peer, just so: a flipped byte or a stranger's message is refused.

import { createHash, createHmac, timingSafeEqual } from 'node:crypto'

export const signedHeaders = { from: 'x-dl-from', stamp: 'x-dl-stamp', signature: 'x-dl-signature' } as const

export interface Envelope {
  readonly from: string
  /** The sender's clock at the time of sending, in hlc's text form. */
  readonly stamp: string
  /** `POST /path` of a request, the status code of an answer. */
  readonly subject: string
  readonly body: Uint8Array
}

export function sign(secret: string, { from, stamp, subject, body }: Envelope): string {
  const digest = createHash('sha256').update(body).digest('hex')
  return createHmac('sha256', secret).update([from, stamp, subject, digest].join('\n')).digest('hex')
}

export function verify(secret: string, envelope: Envelope, signature: string): boolean {
  const expected = Buffer.from(sign(secret, envelope), 'hex')
  const given = Buffer.from(signature, 'hex')
  return given.length === expected.length && timingSafeEqual(given, expected)
}
