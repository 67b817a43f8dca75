/** Middleware for Express, Connect and what else calls `(request, response, next)` on Node's own objects. */
import type { Decision } from '../ground/types.ts'
import type { Gate } from '../http/gate.ts'
import { judge } from '../http/respond.ts'

/** What is needed of a response. */
export interface ResponseLike {
  statusCode: number
  setHeader(name: string, value: string): unknown
  end(body?: string): unknown
}

export interface ExpressOptions<Request, Response extends ResponseLike> extends Gate<Request> {
  /** Answers a refused request. Default: problem details with status 429. The headers are set already. */
  readonly onRefused?: ((request: Request, response: Response, decision: Decision) => void) | undefined
}

/** `app.use(rateLimit({ limiter, key: (request) => clientKey({ peer: request.socket.remoteAddress }) }))` */
export function rateLimit<Request, Response extends ResponseLike = ResponseLike>(
  options: ExpressOptions<Request, Response>,
): (request: Request, response: Response, next: (error?: unknown) => void) => Promise<void> {
  return async (request, response, next) => {
    let admitted = false
    try {
      const { decision, headers, answer } = await judge(options, request)
      for (const [name, value] of Object.entries(answer?.headers ?? headers)) response.setHeader(name, value)
      admitted = answer === undefined
      if (answer !== undefined && options.onRefused !== undefined) options.onRefused(request, response, decision)
      else if (answer !== undefined) {
        response.statusCode = answer.status
        response.end(answer.body)
      }
    } catch (error) {
      return next(error)
    }
    if (admitted) next()
  }
}
