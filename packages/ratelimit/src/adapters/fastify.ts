/** A hook for Fastify: `app.addHook('onRequest', rateLimit({ limiter, key }))`, for all routes or in a route's own `onRequest`. */
import type { Decision } from '../ground/types.ts'
import type { Gate } from '../http/gate.ts'
import { judge } from '../http/respond.ts'

/** What is needed of a reply. */
export interface ReplyLike {
  header(name: string, value: string): unknown
  code(status: number): unknown
  send(body?: unknown): unknown
}

export interface FastifyOptions<Request, Reply extends ReplyLike> extends Gate<Request> {
  /** Answers a refused request. Default: problem details with status 429. The headers are set already. */
  readonly onRefused?: ((request: Request, reply: Reply, decision: Decision) => void | Promise<void>) | undefined
}

/** A hook for `onRequest` or `preHandler`. */
export function rateLimit<Request, Reply extends ReplyLike = ReplyLike>(options: FastifyOptions<Request, Reply>): (request: Request, reply: Reply) => Promise<unknown> {
  return async (request, reply) => {
    const { decision, headers, answer } = await judge(options, request)
    for (const [name, value] of Object.entries(answer?.headers ?? headers)) reply.header(name, value)
    if (answer === undefined) return undefined
    if (options.onRefused === undefined) {
      reply.code(answer.status)
      reply.send(answer.body)
    } else await options.onRefused(request, reply, decision)
    return reply
  }
}
