// Promise: a flood is bounded in time and number, goes to our own gateway on loopback only, and ends by itself.

import { issueToken } from '../gateway/auth.ts'

const crowd = 12
const concurrency = 40
const maxRequests = 20_000

/** Sends catalog and progress reads as fast as they are answered; returns how many were served and how many refused. */
export async function flood(address: string, tokenSecret: string, path: string, seconds: number): Promise<{ readonly served: number; readonly refused: number }> {
  const endMs = performance.now() + seconds * 1_000
  const tokens = Array.from({ length: crowd }, (_, index) => issueToken(tokenSecret, { subject: `crowd-${index}`, role: 'learner' }, Date.now() + 60_000))
  let sent = 0
  let served = 0
  let refused = 0
  const visitor = async (index: number): Promise<void> => {
    while (performance.now() < endMs && sent < maxRequests) {
      sent += 1
      try {
        const response = await fetch(`${address}${path}`, { headers: { authorization: `Bearer ${tokens[index % crowd] ?? ''}` }, signal: AbortSignal.timeout(2_000) })
        await response.arrayBuffer()
        if (response.status === 429 || response.status === 503) refused += 1
        else served += 1
      } catch {
        refused += 1
      }
    }
  }
  await Promise.all(Array.from({ length: concurrency }, (_, index) => visitor(index)))
  return { served, refused }
}
