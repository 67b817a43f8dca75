// Promise: the outside providers behave as such things do: slow now and then, wrong now and then, gone now and then, and idempotent by key.

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Random } from '@distrokit/chaos'
import { decliningCard } from '../ground/config.ts'

export interface Charge {
  readonly key: string
  readonly kind: 'charge' | 'refund'
  readonly course: string
  readonly student: string
  readonly cents: number
  readonly id: string
}

export interface Providers {
  readonly paymentsUrl: string
  readonly notificationsUrl: string
  /** What the payment provider's own books say. */
  readonly books: readonly Charge[]
  /** Every attempt that reached the payment provider, milliseconds of true time, and whether it was dark then. */
  readonly attempts: readonly { readonly atMs: number; readonly dark: boolean }[]
  readonly messages: number
  setDown(provider: 'payments' | 'notifications', down: boolean): void
  close(): Promise<void>
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

async function readJson(request: IncomingMessage): Promise<Record<string, unknown>> {
  let text = ''
  for await (const chunk of request) {
    text += String(chunk)
    if (text.length > maxBody) throw new RangeError(`a body of more than ${maxBody} characters`)
  }
  return JSON.parse(text) as Record<string, unknown>
}

export async function startProviders(random: Random, trueTime: () => number): Promise<Providers> {
  const down = { payments: false, notifications: false }
  const answered = new Map<string, Answer>()
  const books: Charge[] = []
  const attempts: { atMs: number; dark: boolean }[] = []
  let messages = 0
  let numbers = 0

  const pay = (path: string, key: string, body: Record<string, unknown>): Answer => {
    const { course, student, cents, card } = body
    if (typeof course !== 'string' || typeof student !== 'string' || typeof cents !== 'number' || !(cents > 0)) return { status: 400, body: { message: 'a payment names course, student and cents' } }
    if (path === '/charges' && typeof card === 'string' && card.startsWith(decliningCard)) return { status: 402, body: { message: 'the card was declined' } }
    numbers += 1
    const id = `txn-${numbers}`
    books.push({ key, kind: path === '/charges' ? 'charge' : 'refund', course, student, cents, id })
    return { status: 201, body: { id } }
  }

  const answerTo = async (provider: 'payments' | 'notifications', request: IncomingMessage): Promise<Answer | undefined> => {
    const body = await readJson(request)
    if (provider === 'payments' && attempts.length < maxAttempts) attempts.push({ atMs: trueTime(), dark: down.payments })
    // Dark: the connection stands and nobody ever answers. The worst way to fail.
    if (down[provider]) return undefined
    const luck = random()
    if (luck < flakiness) return { status: 503, body: { message: 'try again later' } }
    await new Promise((resolve) => setTimeout(resolve, luck < flakiness + slowShare ? 60 + luck * 2_000 : 1 + luck * 4))
    const key = request.headers['idempotency-key']
    if (typeof key !== 'string') return { status: 400, body: { message: 'send an Idempotency-Key' } }
    const known = answered.get(`${provider} ${key}`)
    if (known !== undefined) return known
    const answer = provider === 'payments' ? pay(request.url ?? '', key, body) : { status: 201, body: { id: `msg-${(messages += 1)}` } }
    answered.set(`${provider} ${key}`, answer)
    return answer
  }

  const start = async (provider: 'payments' | 'notifications') => {
    const server = createServer((request: IncomingMessage, response: ServerResponse) => {
      answerTo(provider, request)
        .catch((error: unknown): Answer => ({ status: 400, body: { message: String(error) } }))
        .then((answer) => {
          if (answer !== undefined) response.writeHead(answer.status, { 'content-type': 'application/json' }).end(JSON.stringify(answer.body))
        })
        .catch(() => response.destroy())
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    return { server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }
  }

  const payments = await start('payments')
  const notifications = await start('notifications')
  return {
    paymentsUrl: payments.url,
    notificationsUrl: notifications.url,
    books,
    attempts,
    get messages() {
      return messages
    },
    setDown(provider, next) {
      down[provider] = next
    },
    async close() {
      for (const { server } of [payments, notifications]) {
        server.closeAllConnections()
        await new Promise((resolve) => server.close(resolve))
      }
    },
  }
}
