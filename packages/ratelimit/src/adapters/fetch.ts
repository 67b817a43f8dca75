/** Both sides of the contract in terms of the Fetch standard: a handler behind a limiter, and a `fetch` that paces itself by what servers say. */
import type { Decision } from '../ground/types.ts'
import type { Gate } from '../http/gate.ts'
import { judge } from '../http/respond.ts'

export { pacedFetch, type PacedFetch, type PacedFetchOptions } from '../http/paced.ts'

export interface FetchOptions extends Gate<Request> {
  /** Answers a refused request. Default: problem details with status 429. The headers are added to whatever it returns. */
  readonly onRefused?: ((request: Request, decision: Decision) => Response | Promise<Response>) | undefined
}

/** Puts a limiter in front of a fetch handler: Deno, Bun, Cloudflare Workers, Next.js. Further arguments are passed on. */
export function withRateLimit<Rest extends unknown[]>(
  handler: (request: Request, ...rest: Rest) => Response | Promise<Response>,
  options: FetchOptions,
): (request: Request, ...rest: Rest) => Promise<Response> {
  return async (request, ...rest) => {
    const { decision, headers, answer } = await judge(options, request)
    const own = answer === undefined ? await handler(request, ...rest) : await options.onRefused?.(request, decision)
    const response = own ?? new Response(answer?.body, { status: answer?.status ?? 429, headers: answer?.headers ?? {} })
    // Responses of `fetch` and of `Response.redirect` have headers that cannot be changed.
    const copy = new Response(response.body, response)
    for (const [name, value] of Object.entries(headers)) copy.headers.set(name, value)
    return copy
  }
}
