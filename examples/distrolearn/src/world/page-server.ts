// Promise: the page is one address on this machine; watching costs the world nothing, and only this machine's own page may meddle with it.

import { readFile } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { serve } from '@hono/node-server'
import { getConnInfo } from '@hono/node-server/conninfo'
import { Hono } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { secureHeaders } from 'hono/secure-headers'
import { controlSchema, type Control } from './control.ts'
import type { EventFeed } from './event-feed.ts'
import { eventStream } from './event-stream.ts'
import { bundlePage } from './page-bundle.ts'

export interface PageServerOptions {
  readonly feed: EventFeed
  readonly control: (message: Control) => Promise<{ ok: true } | { ok: false; error: string }>
  /** 0 takes a free port. */
  readonly port: number
  readonly host: '127.0.0.1'
  /** Shown in the page's header. */
  readonly about?: { readonly seed: string; readonly speed: string }
}

export interface PageServer {
  readonly url: string
  /** Ends every stream and frees the port. */
  close(): Promise<void>
}

const maxBodyBytes = 4096
/** Time for streams to end whole; then connections that are merely kept alive are cut off. */
const farewellMs = 80
const loopback = new Set(['127.0.0.1', '::1', '::ffff:127.0.0.1'])

const refusal = (error: string): { ok: false; error: string } => ({ ok: false, error })

/**
 * Why a control message from there must not be heard; undefined when it may. A foreign page can reach a loopback port
 * through its reader's browser: Host and Origin tell it apart.
 */
export const strangerReason = (
  caller: { address: string | undefined; host: string | undefined; origin: string | undefined },
  port: number,
): string | undefined => {
  const own = [`127.0.0.1:${port}`, `localhost:${port}`]
  if (!loopback.has(caller.address ?? ''))
    return `only this machine may work the switches, and ${caller.address ?? 'an unknown address'} is not this machine`
  if (!own.includes(caller.host ?? '')) return `the Host header must be ${own.join(' or ')}, got ${caller.host ?? 'none'}`
  if (caller.origin !== undefined && !own.some((host) => caller.origin === `http://${host}`))
    return `the switches belong to this page, and the request comes from ${caller.origin}`
  return undefined
}

/** What a message says, or one sentence on what is wrong with it. */
export const readControl = (text: string): Control | { readonly wrong: string } => {
  let message: unknown
  try {
    message = JSON.parse(text)
  } catch {
    return { wrong: 'The body must be JSON, such as {"action":"heal"}.' }
  }
  const parsed = controlSchema.safeParse(message)
  if (parsed.success) return parsed.data
  const issues = parsed.error.issues.map((issue) => `${issue.path.join('.') || 'message'}: ${issue.message}`)
  return { wrong: `This is no switch that the page knows: ${issues.slice(0, 4).join('; ')}.` }
}

export const startPageServer = async ({ feed, control, port, host, about }: PageServerOptions): Promise<PageServer> => {
  const [html, bundle] = await Promise.all([readFile(new URL('../../web/index.html', import.meta.url), 'utf8'), bundlePage()])
  const closing = new AbortController()
  const app = new Hono()
  let boundPort = port

  app.use(
    secureHeaders({
      contentSecurityPolicy: {
        defaultSrc: ["'none'"],
        scriptSrc: ["'self'"],
        styleSrc: ["'self'"],
        imgSrc: ["'self'", 'data:'],
        connectSrc: ["'self'"],
        baseUri: ["'none'"],
        formAction: ["'none'"],
        frameAncestors: ["'none'"],
      },
      referrerPolicy: 'no-referrer',
      // Plain HTTP on loopback: there is no transport to upgrade.
      strictTransportSecurity: false,
    }),
  )

  app.get('/', (c) => c.html(html))
  app.get('/app.js', (c) => c.body(bundle.js, 200, { 'content-type': 'text/javascript; charset=utf-8', 'cache-control': 'no-cache' }))
  app.get('/app.css', (c) => c.body(bundle.css, 200, { 'content-type': 'text/css; charset=utf-8', 'cache-control': 'no-cache' }))
  app.get('/snapshot', (c) => c.json(feed.snapshot(), 200, { 'cache-control': 'no-store' }))
  app.get('/events', (c) => {
    const lastId = Number(c.req.header('last-event-id') ?? Number.NaN)
    const signal = AbortSignal.any([closing.signal, c.req.raw.signal])
    const body = eventStream({
      feed,
      signal,
      ...(Number.isSafeInteger(lastId) ? { lastSequence: lastId } : {}),
      ...(about === undefined ? {} : { about }),
    })
    return c.body(body, 200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' })
  })

  app.post(
    '/control',
    async (c, next) => {
      const caller = { address: getConnInfo(c).remote.address, host: c.req.header('host'), origin: c.req.header('origin') }
      const reason = strangerReason(caller, boundPort)
      return reason === undefined ? next() : c.json(refusal(`Refused: ${reason}.`), 403)
    },
    bodyLimit({ maxSize: maxBodyBytes, onError: (c) => c.json(refusal(`A control message has at most ${maxBodyBytes} bytes.`), 413) }),
    async (c) => {
      const message = readControl(await c.req.text())
      if ('wrong' in message) return c.json(refusal(message.wrong), 400)
      const answer = await control(message)
      return c.json(answer, answer.ok ? 200 : 409)
    },
  )

  app.notFound((c) => c.json(refusal(`There is nothing at ${c.req.path}; the page is at /.`), 404))
  app.onError((error, c) => c.json(refusal(`The world could not do that: ${error.message}`), 500))

  const server = serve({ fetch: app.fetch, port, hostname: host })
  await new Promise<void>((resolve, reject) => {
    server.once('listening', resolve)
    server.once('error', reject)
  })
  boundPort = (server.address() as AddressInfo).port

  return {
    url: `http://${host}:${boundPort}/`,
    close: () =>
      new Promise((resolve, reject) => {
        closing.abort()
        const cutOff = setTimeout(() => 'closeAllConnections' in server && server.closeAllConnections(), farewellMs)
        server.close((error) => {
          clearTimeout(cutOff)
          if (error === undefined) resolve()
          else reject(error)
        })
      }),
  }
}
