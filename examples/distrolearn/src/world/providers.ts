// Promise: the outside providers behave as such things do: slow now and then, wrong now and then, gone now and then, and idempotent by key.

import type { Random } from '@distrokit/chaos'
import { decliningCard } from '../ground/config.ts'
import type { Clock } from '../ground/clock.ts'

export const providerNames = ['payments', 'notifications'] as const
export type ProviderName = (typeof providerNames)[number]

export interface Charge {
  readonly key: string
  readonly kind: 'charge' | 'refund'
  readonly course: string
  readonly student: string
  readonly cents: number
  readonly id: string
}

export interface Providers {
  /** What the provider answers. While it is down the connection stands and nobody ever does: the worst way to fail. */
  answer(provider: ProviderName, request: Request): Promise<Response>
  /** What the payment provider's own books say. */
  readonly books: readonly Charge[]
  /** Every attempt that reached the payment provider, milliseconds of true time, and whether it was dark then. */
  readonly attempts: readonly { readonly atMs: number; readonly dark: boolean }[]
  readonly messages: number
  setDown(provider: ProviderName, down: boolean): void
}

export interface ProvidersOptions {
  readonly random: Random
  readonly clock: Pick<Clock, 'after'>
  readonly trueTime: () => number
}

/** Share of requests that fail for no reason, as they do. */
const flakiness = 0.005
const slowShare = 0.01
const maxBody = 8 * 1024
/** Attempts remembered for the checks; a run makes far fewer. */
const maxAttempts = 1_000_000

interface Answer {
  readonly status: number
  readonly body: object
}

async function readJson(request: Request): Promise<Record<string, unknown>> {
  const text = await request.text()
  if (text.length > maxBody) throw new RangeError(`a body of more than ${maxBody} characters`)
  return JSON.parse(text) as Record<string, unknown>
}

export function createProviders({ random, clock, trueTime }: ProvidersOptions): Providers {
  const down = { payments: false, notifications: false }
  const answered = new Map<string, Answer>()
  const books: Charge[] = []
  const attempts: { atMs: number; dark: boolean }[] = []
  let messages = 0
  let numbers = 0

  const book = (line: Omit<Charge, 'id'>): Answer => {
    numbers += 1
    const id = `txn-${numbers}`
    books.push({ ...line, id })
    return { status: 201, body: { id, cents: line.cents } }
  }
  const move = (kind: Charge['kind'], key: string, { course, student, cents, card }: Record<string, unknown>): Answer => {
    if (typeof course !== 'string' || typeof student !== 'string' || typeof cents !== 'number' || !(cents > 0)) return { status: 400, body: { message: 'a payment names course, student and cents' } }
    if (kind === 'charge' && typeof card === 'string' && card.startsWith(decliningCard)) return { status: 402, body: { message: 'the card was declined' } }
    return book({ key, kind, course, student, cents })
  }
  /** Takes a charge back, whole; one that never arrived is refused from now on, so that it cannot come late. */
  const annul = (key: string, { charge }: Record<string, unknown>): Answer => {
    const made = books.find((line) => line.key === charge && line.kind === 'charge')
    if (made !== undefined) return book({ ...made, key, kind: 'refund' })
    answered.set(`payments ${String(charge)}`, { status: 409, body: { message: 'this charge was annulled before it came' } })
    return { status: 201, body: { id: 'none', cents: 0 } }
  }
  const pay = (path: string, key: string, body: Record<string, unknown>): Answer => {
    if (path === '/charges') return move('charge', key, body)
    if (path === '/refunds') return move('refund', key, body)
    if (path === '/annulments') return annul(key, body)
    return { status: 404, body: { message: `nothing at ${path}` } }
  }

  const answerTo = async (provider: ProviderName, request: Request): Promise<Answer> => {
    const body = await readJson(request)
    if (provider === 'payments' && attempts.length < maxAttempts) attempts.push({ atMs: trueTime(), dark: down.payments })
    if (down[provider]) return new Promise(() => undefined)
    const luck = random()
    if (luck < flakiness) return { status: 503, body: { message: 'try again later' } }
    await new Promise<void>((resolve) => clock.after(luck < flakiness + slowShare ? 60 + luck * 2_000 : 1 + luck * 4, resolve))
    const key = request.headers.get('idempotency-key')
    if (key === null) return { status: 400, body: { message: 'send an Idempotency-Key' } }
    const known = answered.get(`${provider} ${key}`)
    if (known !== undefined) return known
    const answer = provider === 'payments' ? pay(new URL(request.url).pathname, key, body) : { status: 201, body: { id: `msg-${(messages += 1)}` } }
    answered.set(`${provider} ${key}`, answer)
    return answer
  }

  return {
    async answer(provider, request) {
      const { status, body } = await answerTo(provider, request).catch((error: unknown): Answer => ({ status: 400, body: { message: String(error) } }))
      return Response.json(body, { status })
    },
    books,
    attempts,
    get messages() {
      return messages
    },
    setDown(provider, next) {
      down[provider] = next
    },
  }
}
