// Promise: nobody gets past the gateway unknown, over quota, too large or malformed; every answer says where the caller stands.

import { Hono, type Context, type MiddlewareHandler } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { z } from 'zod'
import { decode, DriftError, encode, type HybridClock, type Stamp } from '@distrokit/hlc'
import { createLimiter, limit, type Limiter } from '@distrokit/ratelimit'
import { rateLimit } from '@distrokit/ratelimit/hono'
import { RemoteError, Unavailable } from '../mesh/errors.ts'
import { bounds, gatewayQuota, learnerQuota, maxClicks, maxDay, namePattern } from '../ground/config.ts'
import { Refusal } from '../ground/refusal.ts'
import type { Clock } from '../ground/clock.ts'
import type { Emit, RequestOutcome } from '../telemetry/events.ts'
import type { Telemetry } from '../telemetry/telemetry.ts'
import { readToken, type Identity } from './auth.ts'
import type { Routes } from './routes.ts'

export interface GatewayOptions {
  readonly tokenSecret: string
  readonly hybridClock: HybridClock
  readonly clock: Pick<Clock, 'now' | 'monotonic'>
  readonly random: () => number
  readonly telemetry: Pick<Telemetry, 'tracing' | 'metrics'>
  readonly emit: Emit
  readonly routes: Routes
}

export interface Gateway {
  readonly app: Hono<{ Variables: { identity: Identity } }>
  readonly learnerBuckets: { readonly size: number; readonly bound: number }
  readonly whole: Limiter
  readonly inFlight: { readonly size: number; readonly bound: number }
  [Symbol.dispose](): void
}

type App = { Variables: { identity: Identity } }
type ProblemStatus = 400 | 401 | 403 | 404 | 409 | 413 | 422 | 503

const id = z.string().regex(namePattern, 'letters, digits and . : - _ only, at most 80')
const day = z.number().int().min(-maxDay).max(maxDay)
/** `course/student/attempt`: the learner's own number of the try, so that a repetition starts nothing new. */
const schemas = {
  enrol: z.object({ course: id, student: id, card: id, attempt: z.number().int().min(1).max(100) }),
  withdraw: z.object({ course: id, student: id, day }),
  progress: z.object({ score: z.number().min(0).max(100), day, expectedVersion: z.number().int().min(0).default(0) }),
  clicks: z.object({ clicks: z.number().int().min(0).max(maxClicks) }),
  preference: z.object({ key: id, value: z.string().max(80) }),
  note: z.object({ line: z.string().min(1).max(500) }),
  page: z.object({ title: z.string().min(1).max(200) }),
} as const

const statusOf: Readonly<Record<string, ProblemStatus>> = {
  forbidden: 403,
  'not-enrolled': 409,
  'version-conflict': 409,
  'course-full': 409,
  'unknown-course': 404,
  'input-mismatch': 422,
  drift: 503,
}

/** Learners with a bucket of their own; more share buckets. */
const maxLearners = 20_000

class BadRequest extends Error {}

export function createGateway({ tokenSecret, hybridClock, clock, random, telemetry: { tracing, metrics }, emit, routes }: GatewayOptions): Gateway {
  const learners = createLimiter(limit({ name: 'learner', ...learnerQuota }), { clock, random, maxKeys: maxLearners })
  const whole = createLimiter(limit({ name: 'gateway', ...gatewayQuota }), { clock, random, maxKeys: 8 })
  let inFlight = 0

  const problem = (context: Context, status: ProblemStatus, code: string, message: string, more: object = {}): Response =>
    context.json({ code, message, ...more }, status, status === 503 ? { 'retry-after': '1' } : {})

  const body = async <S extends z.ZodType>(context: Context, schema: S): Promise<z.output<S>> => {
    let value: unknown
    try {
      value = await context.req.json()
    } catch {
      throw new BadRequest('the body is no JSON')
    }
    const parsed = schema.safeParse(value)
    if (!parsed.success) throw new BadRequest(parsed.error.issues.map(({ path, message }) => `${path.join('.') || 'body'}: ${message}`).join('; '))
    return parsed.data
  }
  const param = (context: Context, name: string): string => {
    const parsed = id.safeParse(context.req.param(name))
    if (!parsed.success) throw new BadRequest(`${name}: ${parsed.error.issues[0]?.message ?? 'malformed'}`)
    return parsed.data
  }
  /** Learners act for themselves; staff for anybody. */
  const as = (context: Context<App>, student: string): string => {
    const { subject, role } = context.get('identity')
    if (role !== 'staff' && subject !== student) throw new RemoteError('forbidden', `${subject} may not act for ${student}`)
    return student
  }
  const requestKey = (context: Context): string => {
    const key = id.safeParse(context.req.header('idempotency-key'))
    if (!key.success) throw new BadRequest('this route needs an Idempotency-Key header: at most 80 letters, digits and . : - _')
    return key.data
  }
  /** The caller's causality token: our clock moves past it, unless it lies in the future by more than we accept. */
  const token = (context: Context): string => {
    const text = context.req.header('x-causality')
    if (text === undefined) return ''
    let stamp: Stamp
    try {
      stamp = decode(text)
    } catch (error) {
      throw new BadRequest(`x-causality: ${(error as Error).message}`)
    }
    const heard = hybridClock.tryReceive(stamp)
    if (heard instanceof DriftError) throw new RemoteError('drift', heard.message)
    return text
  }

  const outcomeOf = (status: number, attempt: number): RequestOutcome =>
    status === 429 ? 'rate-limited' : status === 503 ? 'unavailable' : status >= 400 ? 'failed' : attempt > 1 ? 'retried' : 'ok'

  const observed: MiddlewareHandler<App> = async (context, next) => {
    if (inFlight >= bounds.inFlight) return problem(context, 503, 'busy', `${bounds.inFlight} requests are in flight here; come back`)
    inFlight += 1
    const started = clock.monotonic()
    const route = `${context.req.method} /${context.req.path.split('/')[1] ?? ''}`
    try {
      await tracing.continued(context.req.header('traceparent'), () =>
        tracing.span(route, {}, async (span) => {
          await next()
          span.setAttribute('status', context.res.status)
          const traceId = tracing.traceId()
          const learner = context.get('identity')?.subject
          const outcome = outcomeOf(context.res.status, Number(context.req.header('x-attempt') ?? 1))
          metrics.count('distrolearn_requests_total', { route, outcome })
          emit({
            type: 'request', route, outcome, durationMs: clock.monotonic() - started,
            ...(traceId === undefined ? {} : { traceId }), ...(learner === undefined ? {} : { learner }),
          })
          if (outcome === 'rate-limited') emit({ type: 'refused', what: 'rateLimited', detail: `${learner ?? 'somebody'}: ${route}` })
          if (traceId !== undefined) context.header('x-trace', traceId)
        }),
      )
    } finally {
      inFlight -= 1
    }
    context.header('x-stamp', encode(hybridClock.peek()))
    return undefined
  }

  const authenticated: MiddlewareHandler<App> = async (context, next) => {
    const [scheme, text] = (context.req.header('authorization') ?? '').split(' ')
    const identity = scheme === 'Bearer' && text !== undefined ? readToken(tokenSecret, text, clock.now()) : undefined
    if (identity === undefined) return problem(context, 401, 'unauthenticated', 'send a valid token: Authorization: Bearer …')
    context.set('identity', identity)
    await next()
    return undefined
  }

  const app = new Hono<App>()
  app.onError((error, context) => {
    if (error instanceof BadRequest) return problem(context, 400, 'malformed', error.message)
    if (error instanceof Unavailable) {
      emit({ type: 'refused', what: 'strongUnavailable', detail: error.message })
      return problem(context, 503, 'unavailable', error.message, { retryAfterMs: Math.ceil(error.retryAfterMs) })
    }
    if (error instanceof Refusal) {
      return problem(context, statusOf[error.code] ?? 422, error.code, error.message, error instanceof RemoteError ? error.details : {})
    }
    metrics.count('distrolearn_errors_total')
    routes.log.error({ error: error.message, path: context.req.path }, 'a request failed')
    return problem(context, 503, 'internal', 'this failed on our side; the same request may be sent again')
  })
  app.notFound((context) => problem(context, 404, 'no-such-route', `nothing at ${context.req.method} ${context.req.path}`))

  app.get('/health', (context) => context.json({ up: true }))
  app.get('/metrics', (context) => context.text(metrics.text()))

  app.use('*', observed, authenticated)
  // The outer one's headers are what the learner sees: its own standing.
  app.use('*', rateLimit({ limiter: learners, key: (context) => (context as Context<App>).get('identity').subject }))
  app.use('*', rateLimit({ limiter: whole, key: () => 'all' }))
  app.use('*', bodyLimit({ maxSize: bounds.bodyBytes, onError: (context) => problem(context, 413, 'too-large', `a body has at most ${bounds.bodyBytes} bytes`) }))

  app.post('/enrolments', async (context) => {
    const request = await body(context, schemas.enrol)
    as(context, request.student)
    return context.json(await routes.enrol(request), 202)
  })
  app.post('/withdrawals', async (context) => {
    const request = await body(context, schemas.withdraw)
    as(context, request.student)
    return context.json(await routes.withdraw(request), 202)
  })
  app.get('/sagas/:kind/:course/:student/:attempt', async (context) => {
    const saga = `${param(context, 'kind')}/${param(context, 'course')}/${as(context, param(context, 'student'))}/${param(context, 'attempt')}`
    const waitMs = Math.min(Math.max(Number(context.req.query('waitMs') ?? 0) || 0, 0), 1_000)
    const status = await routes.saga(saga, waitMs)
    return status === undefined ? problem(context, 404, 'unknown-saga', `no saga ${saga}`) : context.json(status)
  })
  app.put('/progress/:course/:student/:assessment', async (context) => {
    const { score, day: onDay, expectedVersion } = await body(context, schemas.progress)
    const row = await routes.recordProgress(
      { course: param(context, 'course'), student: as(context, param(context, 'student')), assessment: param(context, 'assessment'), score, day: onDay },
      expectedVersion,
    )
    return context.json({ ...row, token: row.stamp })
  })
  app.get('/progress/:course/:student', async (context) => context.json(await routes.progress(param(context, 'course'), as(context, param(context, 'student')), token(context))))
  app.post('/activity/:course/:student', async (context) => {
    const { clicks } = await body(context, schemas.clicks)
    return context.json(routes.addClicks(param(context, 'course'), as(context, param(context, 'student')), clicks, requestKey(context)))
  })
  app.get('/activity/:course/:student', (context) => context.json({ clicks: routes.clicks(param(context, 'course'), param(context, 'student')) }))
  app.put('/preferences/:learner', async (context) => {
    const { key, value } = await body(context, schemas.preference)
    return context.json(routes.setPreference(as(context, param(context, 'learner')), key, value, requestKey(context)))
  })
  app.get('/preferences/:learner', (context) => context.json(routes.preferences(as(context, param(context, 'learner')))))
  app.post('/notes', async (context) => context.json(routes.note((await body(context, schemas.note)).line, requestKey(context))))
  app.get('/notes', (context) => context.text(routes.notes()))
  app.get('/roster/:course', (context) => context.json(routes.roster(param(context, 'course'))))
  app.get('/catalog/:course/:page', async (context) => {
    const answer = await routes.page(param(context, 'course'), param(context, 'page'))
    return answer === undefined ? problem(context, 404, 'no-such-page', 'the catalog has no such page') : context.json(answer)
  })
  app.put('/catalog/:course/:page', async (context) => {
    if (context.get('identity').role !== 'staff') throw new RemoteError('forbidden', 'only staff edit the catalog')
    const { title } = await body(context, schemas.page)
    const page = await routes.editPage(param(context, 'course'), param(context, 'page'), title)
    return page === undefined ? problem(context, 404, 'no-such-page', 'the catalog has no such page') : context.json(page)
  })

  return {
    app,
    whole,
    get learnerBuckets() {
      return { size: learners.size, bound: maxLearners }
    },
    get inFlight() {
      return { size: inFlight, bound: bounds.inFlight }
    },
    [Symbol.dispose]() {
      learners[Symbol.dispose]()
      whole[Symbol.dispose]()
    },
  }
}
