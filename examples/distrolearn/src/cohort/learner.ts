// Promise: a learner asks again what was refused or lost, under the same key, after as long as the answer told it to wait.

import { timeout } from '@distrokit/breaker'
import type { Random } from '@distrokit/chaos'
import { issueToken } from '../gateway/auth.ts'
import { pause, type Clock } from '../ground/clock.ts'
import type { RegionName } from '../ground/regions.ts'

export interface Answer {
  readonly status: number
  readonly body: unknown
}

export interface Ask {
  readonly region: RegionName
  readonly method: 'GET' | 'POST' | 'PUT'
  readonly path: string
  /** On whose behalf. */
  readonly learner: string
  readonly body?: object
  /** Makes a repetition harmless where the route itself is not. */
  readonly key?: string
  /** A causality token: the answer must not be older. */
  readonly token?: string
  /** The answer is slow on purpose (it waits for something to happen), so the question takes no turn. */
  readonly longPoll?: true
}

export interface LearnerTotals {
  readonly sent: number
  readonly retried: number
  readonly rateLimited: number
  readonly p50Ms: number
  readonly p99Ms: number
}

export interface Learners {
  /** Answers with a final status: done, or a plain no (4xx). Asks again for as long as it takes, until the signal fires. */
  ask(ask: Ask, signal: AbortSignal): Promise<Answer>
  totals(): LearnerTotals
}

/** Where learners live: their time, and their way to the gateways. */
export interface Outside {
  readonly clock: Clock
  readonly fetch: typeof fetch
}

export interface LearnersOptions {
  readonly outside: Outside
  readonly address: (region: RegionName) => string
  readonly tokenSecret: string
  readonly random: Random
  /** Asked for a turn before every try and told when it is over, so that a bounded number of requests is under way. */
  readonly turn: <T>(body: () => Promise<T>) => Promise<T>
}

const attemptTimeoutMs = 8_000
const firstBackoffMs = 30
const lastBackoffMs = 1_500
const tokenLifeMs = 24 * 3_600_000
/** Latencies kept for the percentiles: the newest so many. */
const maxLatencies = 100_000

/** What a refusal says about when to come back, milliseconds; the header beside it can only speak in whole seconds. */
const hintMs = (body: unknown): number => (typeof body === 'object' && body !== null && 'retryAfterMs' in body && typeof body.retryAfterMs === 'number' ? body.retryAfterMs : 0)

export function createLearners({ outside: { clock, fetch }, address, tokenSecret, random, turn }: LearnersOptions): Learners {
  const tokens = new Map<string, { readonly token: string; readonly renewMs: number }>()
  const latencies: number[] = []
  let sent = 0
  let retried = 0
  let rateLimited = 0

  const tokenOf = (learner: string): string => {
    const known = tokens.get(learner)
    if (known !== undefined && clock.now() < known.renewMs) return known.token
    const token = issueToken(tokenSecret, { subject: learner, role: 'learner' }, clock.now() + tokenLifeMs)
    // At half its life, so that no clock is so wrong that a gateway finds it ended.
    tokens.set(learner, { token, renewMs: clock.now() + tokenLifeMs / 2 })
    return token
  }

  const once = async ({ region, method, path, learner, body, key, token }: Ask, attempt: number, signal: AbortSignal): Promise<Answer & { readonly retryAfterMs: number }> => {
    const started = clock.monotonic()
    sent += 1
    const response = await fetch(`${address(region)}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${tokenOf(learner)}`,
        'x-attempt': String(attempt),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(key === undefined ? {} : { 'idempotency-key': key }),
        ...(token === undefined ? {} : { 'x-causality': token }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal,
    })
    const text = await response.text()
    latencies[sent % maxLatencies] = clock.monotonic() - started
    let parsed: unknown = text
    if ((response.headers.get('content-type') ?? '').includes('json')) parsed = JSON.parse(text)
    return { status: response.status, body: parsed, retryAfterMs: Number(response.headers.get('retry-after') ?? 0) * 1_000 }
  }

  const patience = timeout(attemptTimeoutMs, { clock })
  const attemptOf = (ask: Ask, attempt: number, signal: AbortSignal) => patience.run((context) => once(ask, attempt, context.signal), { signal })

  return {
    async ask(ask, signal) {
      for (let attempt = 1; ; attempt += 1) {
        signal.throwIfAborted()
        if (attempt > 1) retried += 1
        const backoffMs = Math.min(firstBackoffMs * 2 ** Math.min(attempt - 1, 10), lastBackoffMs) * (0.5 + random() / 2)
        let waitMs = backoffMs
        try {
          const { status, body, retryAfterMs } = await (ask.longPoll === true ? attemptOf(ask, attempt, signal) : turn(() => attemptOf(ask, attempt, signal)))
          if (status === 429) {
            rateLimited += 1
            // The header speaks in whole seconds; the bucket refills continuously, so half of it is often enough.
            waitMs = Math.max(backoffMs, retryAfterMs / 2)
          } else if (status === 503) waitMs = Math.max(backoffMs, hintMs(body))
          else return { status, body }
        } catch (error) {
          signal.throwIfAborted()
          // A refused connection, a reset, a time-out: nobody knows whether it took effect, so it is asked again under the same key.
          if (!(error instanceof Error)) throw error
        }
        await pause(clock, waitMs, signal)
      }
    },
    totals() {
      const sorted = latencies.filter((value) => value !== undefined).sort((a, b) => a - b)
      const at = (share: number): number => Math.round((sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0) * 100) / 100
      return { sent, retried, rateLimited, p50Ms: at(0.5), p99Ms: at(0.99) }
    },
  }
}
