import { extract, extractText, inject, injectText } from './carry.ts'
import { DriftError } from './ground/errors.ts'
import { check, checkRest } from './ground/check.ts'
import type { Stamp } from './ground/types.ts'
import type { HybridClock } from './hybrid.ts'
import type { Tokens } from './token.ts'

export interface CarryOptions {
  /** Send signed tokens, and take nothing else (`createTokens` of `/token`). Default: plain stamps. */
  readonly tokens?: Pick<Tokens, 'sign' | 'verify'> | undefined
  /**
   * What a server does with a request whose stamp is too far ahead, malformed or forged: `serve` it with the clock unmoved, or `reject`
   * it with status 400 and the reason as JSON. Default `serve`: a wrong clock should not take a client off the air.
   */
  readonly refused?: 'serve' | 'reject' | undefined
}

/** Answers a request. What comes after the request is passed through. */
export type Handler<Rest extends readonly unknown[]> = (request: Request, ...rest: Rest) => Response | PromiseLike<Response>

/** Hears of the stamp that came with `headers`. Returns why it was refused, if it was. */
async function hear(clock: HybridClock, headers: Headers, tokens: CarryOptions['tokens']): Promise<Error | undefined> {
  let stamp: Stamp | Error | undefined
  if (tokens === undefined) stamp = extract(headers)
  else {
    const token = extractText(headers)
    stamp = token === undefined ? undefined : await tokens.verify(token).catch((error: Error) => error)
  }
  if (stamp === undefined || stamp instanceof Error) return stamp
  const result = clock.tryReceive(stamp)
  return result instanceof DriftError ? result : undefined
}

async function tell(clock: HybridClock, headers: Headers, tokens: CarryOptions['tokens']): Promise<void> {
  if (tokens === undefined) inject(headers, clock.now())
  else injectText(headers, await tokens.sign(clock.now()))
}

function readOptions(options: CarryOptions): CarryOptions {
  const { tokens, refused = 'serve', ...rest } = options
  checkRest(rest)
  check(refused === 'serve' || refused === 'reject', "refused as 'serve' or 'reject'", refused)
  return { tokens, refused }
}

/** A handler that hears of each request's stamp before it runs, and sends one with each response. For any server of web `Request`s. */
export function stampHandler<Rest extends readonly unknown[]>(
  clock: HybridClock, handler: Handler<Rest>, options: CarryOptions = {},
): (request: Request, ...rest: Rest) => Promise<Response> {
  const { tokens, refused } = readOptions(options)
  return async (request, ...rest) => {
    const problem = await hear(clock, request.headers, tokens)
    const rejected = problem !== undefined && refused === 'reject'
    const answer = rejected ? refusal(problem) : await handler(request, ...rest)
    const headers = new Headers(answer.headers)
    await tell(clock, headers, tokens)
    // Made anew, for the headers of a response that came from `fetch` cannot be changed. One without a body or status to copy (an error,
    // a protocol switch) is passed on as it is.
    if (answer.status < 200) return answer
    return new Response(answer.body, { status: answer.status, statusText: answer.statusText, headers })
  }
}

/** RFC 9457: what was refused and why, for whoever runs the client. */
function refusal(problem: Error): Response {
  const body = { title: 'stamp refused', status: 400, detail: problem.message, code: (problem as { code?: unknown }).code }
  return new Response(JSON.stringify(body), { status: 400, headers: { 'content-type': 'application/problem+json' } })
}

/** A `fetch` that sends a stamp with each request and hears of each response's; one that is refused leaves the clock unmoved. */
export function stampFetch(clock: HybridClock, inner?: typeof fetch, options: Pick<CarryOptions, 'tokens'> = {}): typeof fetch {
  const { tokens } = readOptions(options)
  return async (input, init) => {
    const request = new Request(input, init)
    await tell(clock, request.headers, tokens)
    const response = await (inner ?? fetch)(request)
    await hear(clock, response.headers, tokens)
    return response
  }
}
