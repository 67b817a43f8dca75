/** Middleware for Hono: takes for every request, tells the client where it stands, and answers 429 itself. */
import type { Context, MiddlewareHandler } from 'hono'
import { rateLimitHeaders } from '../http/headers.ts'
import { refusal } from '../http/refusal.ts'
import type { Gate } from '../http/gate.ts'
import type { Decision } from '../ground/types.ts'

export interface HonoOptions extends Gate<Context> {
  /** Answers a refused request. Default: problem details with status 429. The headers are added to whatever it returns. */
  readonly onRefused?: ((context: Context, decision: Decision) => Response | Promise<Response>) | undefined
}

/** `app.use(rateLimit({ limiter, key: (c) => c.req.header('x-user') ?? 'nobody' }))` */
export function rateLimit(options: HonoOptions): MiddlewareHandler {
  const { limiter, key, cost, legacy, onRefused } = options
  return async (context, next) => {
    const decision = await limiter.take(await key(context), cost === undefined ? 1 : await cost(context))
    if (decision.allowed) await next()
    else context.res = await (onRefused ?? answer)(context, decision)
    for (const [name, value] of Object.entries(rateLimitHeaders(decision, limiter.policies, { legacy }))) context.header(name, value)
  }
}

function answer(_context: Context, decision: Decision): Response {
  const { status, contentType, body } = refusal(decision)
  return new Response(body, { status, headers: { 'content-type': contentType } })
}
