// Promise: a flood is bounded in time and number, goes to our own gateway on loopback only, and ends by itself.

import { timeout } from '@distrokit/breaker'
import type { Outside } from '../cohort/learner.ts'
import { issueToken } from '../gateway/auth.ts'

const crowd = 12
const concurrency = 40
const maxRequests = 20_000
const patienceMs = 2_000

export interface FloodOptions {
  readonly outside: Outside
  readonly address: string
  readonly tokenSecret: string
  readonly path: string
  readonly seconds: number
}

/** Sends catalog and progress reads as fast as they are answered; returns how many were served and how many refused. */
export async function flood({ outside: { clock, fetch }, address, tokenSecret, path, seconds }: FloodOptions): Promise<{ readonly served: number; readonly refused: number }> {
  const endMs = clock.monotonic() + seconds * 1_000
  const tokens = Array.from({ length: crowd }, (_, index) => issueToken(tokenSecret, { subject: `crowd-${index}`, role: 'learner' }, clock.now() + 60_000))
  const patience = timeout(patienceMs, { clock })
  let sent = 0
  let served = 0
  let refused = 0
  const visitor = async (index: number): Promise<void> => {
    while (clock.monotonic() < endMs && sent < maxRequests) {
      sent += 1
      try {
        const response = await patience.run(async ({ signal }) => {
          const answer = await fetch(`${address}${path}`, { headers: { authorization: `Bearer ${tokens[index % crowd] ?? ''}` }, signal })
          await answer.arrayBuffer()
          return answer
        })
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
