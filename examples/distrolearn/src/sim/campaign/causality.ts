// Promise: an oracle of its own says which message may have caused which, and the stamps must agree with it.

import type { Env } from '@distrokit/chaos'
import { createHash } from 'node:crypto'
import { signedHeaders } from '../../mesh/signing.ts'
import { must } from './must.ts'

const VECTOR = 'x-oracle'

/** Vector clocks beside the stamps: whatever may have caused a message must bear an earlier stamp (invariant 6). */
export interface Causality {
  /** The outside world of a region, with its messages to peers watched. */
  watch(env: Env): Env
  /** Pairs of cause and effect seen so far; an oracle that saw none has judged nothing. */
  readonly compared: number
}

/** `soon` runs something as a turn of its own: what was heard in one turn cannot have caused what left in the same one. */
export function createCausality(regions: readonly string[], soon: (run: () => void) => void): Causality {
  /** Every stamp that a region sent, in order; lives follow each other. */
  const sent = new Map<string, string[]>(regions.map((name) => [name, []]))
  /** How many messages of each region may have caused what this region does next. */
  const known = new Map(regions.map((name) => [name, new Map<string, number>()]))
  let compared = 0

  function send(from: string, stamp: string): string {
    const own = sent.get(from) ?? []
    const vector = Object.fromEntries(known.get(from) ?? [])
    for (const [other, count] of [...Object.entries(vector), [from, own.length] as const]) {
      const before = sent.get(other)?.[count - 1]
      if (before === undefined) continue
      compared++
      must(before < stamp, () => `message ${own.length + 1} of ${from} to be stamped after message ${count} of ${other}, which came before it: got ${stamp}, and before it ${before}`)
    }
    own.push(stamp)
    const text = JSON.stringify({ ...vector, [from]: own.length })
    return `${text} ${sum(text)}`
  }

  const heard = (by: string, vector: Record<string, number>): void => {
    const knows = known.get(by)
    for (const [other, count] of Object.entries(vector)) if (other !== by) knows?.set(other, Math.max(count, knows.get(other) ?? 0))
  }

  return {
    watch: (env) =>
      Object.create(env, {
        fetch: {
          value: (input: RequestInfo | URL, init?: RequestInit) => {
            const headers = new Headers(init?.headers)
            const stamp = headers.get(signedHeaders.stamp)
            if (stamp === null) return env.fetch(input, init)
            try {
              headers.set(VECTOR, send(env.name, stamp))
            } catch (error) {
              env.fail(error)
            }
            return env.fetch(input, { ...init, headers })
          },
        },
        serve: {
          value: (handler: (request: Request) => Response | Promise<Response>) =>
            env.serve(async (request) => {
              const vector = request.headers.get(VECTOR)
              const response = await handler(request)
              // Only what was answered with a yes was heard: a stamp refused for drift moves no clock.
              if (vector !== null && response.status === 200) soon(() => heard(env.name, read(vector)))
              return response
            }),
        },
      }) as Env,
    get compared() {
      return compared
    },
  }
}

const sum = (text: string): string => createHash('sha256').update(text).digest('base64url')

/** The oracle's own header is no part of what is signed, so it may be damaged where the message is not; then it tells nothing. */
function read(header: string): Record<string, number> {
  const [text = '', check] = header.split(' ')
  return check === sum(text) ? (JSON.parse(text) as Record<string, number>) : {}
}
