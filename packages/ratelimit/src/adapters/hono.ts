/** Middleware for Hono: takes for every request, tells the client where it stands, and answers 429 itself. */
import type { Context, MiddlewareHandler } from 'hono'
import type { Decision } from '../ground/types.ts'
import type { Gate } from '../http/gate.ts'
import { judge } from '../http/respond.ts'

export interface HonoOptions extends Gate<Context> {
  /** Answers a refused request. Default: problem details with status 429. The headers are added to whatever it returns. */
  readonly onRefused?: ((context: Context, decision: Decision) => Response | Promise<Response>) | undefined
}

/** `app.use(rateLimit({ limiter, key: (c) => c.req.header('x-user') ?? 'nobody' }))` */
export function rateLimit(options: HonoOptions): MiddlewareHandler {
  return async (context, next) => {
    const { decision, headers, answer } = await judge(options, context)
    if (answer === undefined) await next()
    else context.res = (await options.onRefused?.(context, decision)) ?? new Response(answer.body, { status: answer.status, headers: answer.headers })
    for (const [name, value] of Object.entries(headers)) context.header(name, value)
  }
}
