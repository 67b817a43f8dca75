// Promise: a gateway knows who asks, from a token that only we can make; a token says no more than it must and ends.

import { createHmac, timingSafeEqual } from 'node:crypto'

export type Role = 'learner' | 'staff'

export interface Identity {
  readonly subject: string
  readonly role: Role
}

const separator = '.'
const code = (text: string): string => Buffer.from(text, 'utf8').toString('base64url')
const mac = (secret: string, claims: string): Buffer => createHmac('sha256', secret).update(claims).digest()

/** `claims.signature`, claims being base64url of `role:expiry:subject`. */
export function issueToken(secret: string, identity: Identity, expiresAtMs: number): string {
  const claims = code(`${identity.role}:${expiresAtMs}:${identity.subject}`)
  return `${claims}${separator}${mac(secret, claims).toString('base64url')}`
}

/** `undefined` for anything but a token of ours that has not ended. */
export function readToken(secret: string, token: string, nowMs: number): Identity | undefined {
  const [claims, signature, ...rest] = token.split(separator)
  if (claims === undefined || signature === undefined || rest.length > 0) return undefined
  const given = Buffer.from(signature, 'base64url')
  const expected = mac(secret, claims)
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) return undefined
  const [role, expiry, ...subject] = Buffer.from(claims, 'base64url').toString('utf8').split(':')
  if ((role !== 'learner' && role !== 'staff') || !(Number(expiry) > nowMs)) return undefined
  return { subject: subject.join(':'), role }
}
