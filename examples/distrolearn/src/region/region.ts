// Promise: one region, put together from its parts, that never touches a socket, a clock or chance but through what it was given.

import { Hono } from 'hono'
import { consecutive, createBreaker, type Breaker, type Judge } from '@distrokit/breaker'
import { createClock, decode, DriftError, encode } from '@distrokit/hlc'
import { createLimiter, limit, perSecond } from '@distrokit/ratelimit'
import { createGateway } from '../gateway/gateway.ts'
import type { Routes } from '../gateway/routes.ts'
import { createMesh, RemoteError, type Local } from '../mesh/mesh.ts'
import { createRegistry, type ServiceName } from '../mesh/registry.ts'
import { createExchange } from '../replica/gossip.ts'
import { openReplicaStore, readLastStamp } from '../replica/store.ts'
import { createAccess } from '../services/access.ts'
import { createActivity } from '../services/activity.ts'
import { createCatalog, type CatalogPage } from '../services/catalog.ts'
import { createEnrolment, type Enrolment, type EnrolmentStatus, type SagaTotals } from '../services/enrolment.ts'
import { createFollower } from '../services/follower.ts'
import { createLedger } from '../services/ledger.ts'
import { createNotes } from '../services/notes.ts'
import { createPreferences } from '../services/preferences.ts'
import { createProgress, type Progress, type ProgressChanges, type ProgressRow, type Submission } from '../services/progress.ts'
import { createProvider, ProviderRefusal } from '../services/provider.ts'
import { createRoster } from '../services/roster.ts'
import { createSeats } from '../services/seats.ts'
import { verifyAudit, type AuditVerdict } from '../stores/audit.ts'
import { lastStamp, openStrongStore, type StrongStore } from '../stores/strong.ts'
import { homeRegion, type Emit, type EventBody, type RegionName, type RegionStatus } from '../telemetry/events.ts'
import { createLog } from '../telemetry/log.ts'
import { createMetrics } from '../telemetry/metrics.ts'
import { createTracing } from '../telemetry/tracing.ts'
import { maxDriftMs, paymentQuota, type RegionConfig } from './config.ts'
import { createInternal } from './internal.ts'

/** The outside world of a region. */
export interface RegionEnvironment {
  /** `now` is the region's own, possibly wrong, wall clock. */
  readonly clock: { now(): number; monotonic(): number; after(ms: number, run: () => void): { cancel(): void } }
  readonly random: () => number
  readonly fetch: typeof fetch
  readonly emit: Emit
  /** Milliseconds on a clock that all processes of the machine share, for checks that span lives; no part of the region decides by it. */
  readonly trueTime: () => number
}

/** What the supervisor may tell a running region. */
export type RegionCommand =
  | { readonly type: 'addresses'; readonly addresses: Readonly<Partial<Record<RegionName, string>>> }
  | { readonly type: 'link'; readonly peer: RegionName; readonly weather: { readonly latencyMs?: number; readonly jitterMs?: number; readonly loss?: number; readonly cut?: boolean; readonly corrupt?: number; readonly reorder?: number; readonly duplicate?: number } }
  | { readonly type: 'slow-database'; readonly delayMs: number }
  | { readonly type: 'preference'; readonly learner: string; readonly key: string; readonly value: string }

/** Everything a region can tell about its facts, for the report and the invariants. */
export interface Inspection {
  readonly region: RegionName
  readonly clicks: Readonly<Record<string, number>>
  readonly digest: string
  readonly roster: readonly string[]
  readonly causalityViolations: number
  readonly strong?: {
    readonly progress: readonly ProgressRow[]
    readonly seats: readonly { readonly course: string; readonly capacity: number; readonly sold: number; readonly held: number }[]
    readonly access: readonly { readonly student: string; readonly course: string; readonly state: string }[]
    readonly paid: readonly { readonly student: string; readonly course: string; readonly cents: number; readonly refunds: number }[]
    readonly enrolments: SagaTotals
    readonly withdrawals: SagaTotals
    readonly audit: AuditVerdict
  }
}

export interface Region {
  readonly fetch: (request: Request) => Response | Promise<Response>
  command(command: RegionCommand): void
  status(): RegionStatus
  inspect(courses: readonly string[]): Promise<Inspection>
  close(): Promise<void>
}

const gossipMs = 150
const progressFeedLimit = 500
const tracesPerSecond = 25

/** A provider that says no is well. */
const providerHealth: Judge = (outcome) => (!outcome.ok && outcome.error instanceof ProviderRefusal ? 'ok' : undefined)

export function createRegion(config: RegionConfig, environment: RegionEnvironment): Region {
  const { name, directory } = config
  const { clock, random, emit } = environment
  const home = name === homeRegion
  const closing = new AbortController()
  const delay = (delayMs: number): Promise<void> => new Promise((resolve) => void clock.after(delayMs, resolve))

  // Clock: a new life starts above everything that an earlier one may have said.
  const replicaPath = `${directory}/replica.db`
  const past = readLastStamp(replicaPath)
  const hybridClock = createClock({ node: name, clock, maxDriftMs, ...(past === undefined ? {} : { start: decode(past) }) })

  // Telemetry.
  const metrics = createMetrics(name)
  const traces = createLimiter(perSecond(tracesPerSecond), { clock, maxKeys: 2 })
  const tracing = createTracing({ region: name, limiter: traces, onSpan: (span) => emit({ type: 'span', span }) })
  const log = createLog({ region: name, life: config.life, file: `${directory}/region.log`, hybridClock, tracing })
  hybridClock.onEvent((event) => log.warn({ clock: event.type }, 'the clock noticed something'))

  // Mesh.
  const registry = createRegistry()
  const local: Local = (service, method, payload) => serve(service, method, payload)
  const mesh = createMesh({ region: name, secret: config.peerSecret, registry, hybridClock, clock, random, fetch: environment.fetch, tracing, metrics, emit, local })

  // Eventual services: everywhere.
  const replicaStore = openReplicaStore({ path: replicaPath, actor: name, hybridClock, now: clock.now })
  const activity = createActivity(replicaStore)
  const preferences = createPreferences(replicaStore)
  const notes = createNotes(replicaStore)
  const roster = createRoster(replicaStore)
  const follower = createFollower()
  const catalog = createCatalog({
    pages: config.pages,
    origin: home,
    fetch: async (course, id) => {
      // Any region may hold a copy; the home region holds the original.
      const other = mesh.peers.find((peer) => peer !== homeRegion)
      const near = other === undefined || random() < 0.5 ? null : await mesh.ask<CatalogPage | null>(other, 'catalog', 'own', { course, id }).catch(() => null)
      return near ?? (await mesh.ask<CatalogPage | null>(homeRegion, 'catalog', 'own', { course, id })) ?? undefined
    },
  })
  const exchange = createExchange(replicaStore, () => catalog.notices)

  // Outside providers, and our side of their quotas.
  const watchedBreaker = (provider: string): Breaker => {
    const breaker = createBreaker({ name: provider, trip: consecutive(5), openMs: (openings) => Math.min(800 * 2 ** (openings - 1), 2_000), probes: 2, judge: providerHealth, clock, random })
    breaker.onEvent((event) => {
      if (event.type === 'transition') emit({ type: 'breaker', name: provider, from: event.from, to: event.to, retryAfterMs: breaker.retryAfterMs, reason: event.reason ?? '' })
      if (event.type === 'refused') emit({ type: 'refused', what: 'breakerOpen', detail: provider })
    })
    return breaker
  }
  const quota = createLimiter(limit({ name: 'payments', ...paymentQuota }), { clock, maxKeys: 2 })
  // Nobody knows what an earlier life has just spent, so a new life starts with nothing in hand.
  if (config.life > 1) quota.take('payments', paymentQuota.burst)
  const provider = (service: 'payments' | 'notifications', breaker: Breaker) =>
    createProvider({
      name: service,
      url: config.providers[service],
      fetch: environment.fetch,
      breaker,
      clock,
      traceparent: tracing.traceparent,
      quota: service === 'payments' ? { name: service, limiter: quota, onAdmitted: () => emit({ type: 'admitted', quota: service, atMs: environment.trueTime(), ...paymentQuota }) } : undefined,
    })
  const providerBreakers = home ? [watchedBreaker('payments'), watchedBreaker('notifications')] : []

  // Strong services: in the home region, or not at all.
  const strong = home ? openStrong() : undefined
  function openStrong(): { readonly store: StrongStore; readonly progress: Progress; readonly enrolment: Enrolment } {
    const store = openStrongStore({ path: `${directory}/strong.db`, hybridClock, delay })
    const audited = lastStamp(store.database)
    if (audited !== undefined) hybridClock.tryReceive(decode(audited))
    const seats = createSeats(store)
    const access = createAccess(store)
    const [payments, notifications] = providerBreakers
    if (payments === undefined || notifications === undefined) throw new TypeError('the home region guards its providers with breakers')
    const services = { seats, access, ledger: createLedger(store), roster, payments: provider('payments', payments), notifications: provider('notifications', notifications) }
    for (const course of config.courses) void seats.open(course.id, course.capacity)
    return {
      store,
      progress: createProgress(store, access.granted),
      enrolment: createEnrolment({ path: `${directory}/sagas.db`, services, clock, random, emit, metrics, log }),
    }
  }

  const courseOf = (id: string) => {
    const course = config.courses.find((known) => known.id === id)
    if (course === undefined) throw new RemoteError('unknown-course', `no course ${id}`)
    return course
  }

  /** The methods behind the mesh, by service. Each can be repeated without harm. */
  const methods: Partial<Record<ServiceName, Record<string, (payload: never) => unknown>>> = {
    catalog: { own: ({ course, id }: { course: string; id: string }) => catalog.own(course, id) },
    ...(strong === undefined
      ? {}
      : {
          enrolment: {
            enrol: ({ course, student, card, attempt }: { course: string; student: string; card: string; attempt: number }) =>
              strong.enrolment.enrol({ id: `enrol/${courseOf(course).id}/${student}/${attempt}`, course, student, card }),
            withdraw: ({ course, student, day }: { course: string; student: string; day: number }) =>
              strong.enrolment.withdraw({ id: `withdraw/${course}/${student}/1`, course, student, day, lengthDays: courseOf(course).lengthDays }),
            status: ({ id, waitMs }: { id: string; waitMs: number }) => strong.enrolment.status(id, waitMs),
          },
          progress: {
            record: ({ submission, expectedVersion }: { submission: Submission; expectedVersion: number }) => strong.progress.record(submission, expectedVersion),
            of: async ({ course, student }: { course: string; student: string }) => ({ rows: await strong.progress.of(course, student), asOf: encode(hybridClock.now()) }),
            changes: ({ after }: { after: string }) => strong.progress.changes(after, progressFeedLimit, () => encode(hybridClock.now())),
          },
        }),
  }
  const serve: Local = async (service, method, payload) => {
    const found = methods[service]?.[method]
    if (found === undefined) throw new RemoteError('no-such-method', `${name} does not serve ${service}.${method}`)
    return found(payload as never)
  }

  const routes: Routes = {
    enrol: (request) => mesh.call<EnrolmentStatus>('enrolment', 'enrol', request),
    withdraw: (request) => mesh.call<EnrolmentStatus>('enrolment', 'withdraw', request),
    saga: async (id, waitMs) => (await mesh.call<EnrolmentStatus | null | undefined>('enrolment', 'status', { id, waitMs: Math.min(waitMs, 600) })) ?? undefined,
    recordProgress: (submission, expectedVersion) => mesh.call<ProgressRow>('progress', 'record', { submission, expectedVersion }),
    async progress(course, student, token) {
      const here = home ? undefined : follower.read(course, student, token)
      if (here !== undefined) return { ...here, from: 'follower' }
      return { ...(await mesh.call<{ rows: readonly ProgressRow[]; asOf: string }>('progress', 'of', { course, student })), from: 'home' }
    },
    addClicks: activity.add,
    clicks: activity.of,
    setPreference: preferences.set,
    preferences: preferences.of,
    note: notes.append,
    notes: notes.read,
    roster: roster.of,
    page: catalog.read,
    editPage: async (course, id, title) => (home ? catalog.edit(course, id, title, encode(hybridClock.now())) : undefined),
    log,
  }

  const gateway = createGateway({ tokenSecret: config.tokenSecret, hybridClock, clock, tracing, metrics, emit, routes })
  const internal = createInternal({
    region: name,
    secret: config.peerSecret,
    hybridClock,
    tracing,
    metrics,
    emit,
    local,
    gossip(from, bytes) {
      const { reply, applied, forget } = exchange.answer(bytes)
      catalog.forget(forget)
      if (applied > 0) emit({ type: 'gossip', peer: from as RegionName, bytes: bytes.length, applied, outcome: 'ok' })
      return reply
    },
  })

  const gossipWith = async (peer: RegionName): Promise<void> => {
    try {
      const offer = exchange.offer(peer)
      const reply = await mesh.exchange(peer, offer)
      const { applied, forget } = exchange.accept(peer, reply)
      catalog.forget(forget)
      if (applied > 0) emit({ type: 'gossip', peer, bytes: reply.length, applied, outcome: 'ok' })
    } catch (error) {
      if (closing.signal.aborted) return
      const drift = error instanceof DriftError || (error instanceof RemoteError && error.code === 'drift')
      metrics.count('distrolearn_gossip_failures_total', { peer })
      log.info({ peer, error: String(error), cause: String((error as Error).cause) }, 'a round of gossip failed')
      if (drift) emit({ type: 'gossip', peer, bytes: 0, applied: 0, outcome: 'drift' })
    }
  }
  const follow = async (): Promise<void> => {
    try {
      follower.take(await mesh.ask<ProgressChanges>(homeRegion, 'progress', 'changes', { after: follower.cursor }, { signal: closing.signal }))
    } catch {
      // Cut off: the follower keeps its `asOf`, and readers with a newer token are sent to the home region.
    }
  }
  /** One round after the other, never two at once. */
  const forever = async (round: () => Promise<void>): Promise<void> => {
    while (!closing.signal.aborted) {
      await round()
      await delay(gossipMs)
    }
  }
  for (const peer of mesh.peers) void forever(() => gossipWith(peer))
  if (!home) void forever(follow)

  const app = new Hono().route('/', internal).route('/', gateway.app)
  const replica = replicaStore.replica
  log.info({ version: replica.version(), deltas: replicaStore.deltas }, 'the region is up')

  return {
    fetch: (request) => app.fetch(request),
    command(command) {
      switch (command.type) {
        case 'addresses':
          return registry.update(command.addresses)
        case 'link':
          return mesh.link(command.peer).set(command.weather)
        case 'slow-database':
          return strong?.store.setDelay(command.delayMs)
        case 'preference':
          preferences.set(command.learner, command.key, command.value, `page:${environment.trueTime()}:${random()}`)
      }
    },
    status: (): RegionStatus => {
      const clicks = activity.byStudent()
      return {
        life: config.life,
        wallMs: clock.now(),
        skewMs: clock.now() - environment.trueTime(),
        stamp: hybridClock.peek(),
        leadMs: hybridClock.leadMs,
        replica: { digest: replica.digest(), version: flat(replica.version()), clicks: Object.values(clicks).reduce((sum, count) => sum + count, 0), roster: roster.size },
        preferences: { learner: config.watched, values: preferences.of(config.watched) },
        buckets: [bucket('gateway', gateway.whole.peek('all')), ...(home ? [bucket('payments quota', quota.peek('payments'))] : [])],
        breakers: [...providerBreakers, ...mesh.breakers].map((breaker) => ({ name: breaker.name, state: breaker.state, retryAfterMs: breaker.retryAfterMs })),
        bounds: {
          'requests in flight': gateway.inFlight,
          'catalog cache': catalog.cached,
          'follower': follower.held,
          'remembered requests': replicaStore.requests,
          'deltas before a snapshot': replicaStore.deltas,
          'learner buckets': { size: gateway.learners.size, bound: 20_000 },
          'shared notes': { size: notes.read().length, bound: notes.bound },
        },
        counters: metrics.counters,
      }
    },
    async inspect(courses) {
      const counts = (course: string): boolean => courses.includes(course)
      const clicks: Record<string, number> = {}
      for (const course of courses) for (const [student, sum] of Object.entries(activity.byStudent(course))) clicks[student] = (clicks[student] ?? 0) + sum
      const base = {
        region: name,
        clicks,
        digest: replica.digest(),
        roster: courses.flatMap((course) => roster.of(course).map((student) => `${course}/${student}`)),
        causalityViolations: metrics.counters['distrolearn_causality_violations_total'] ?? 0,
      }
      if (strong === undefined) return base
      const { database } = strong.store
      return {
        ...base,
        strong: {
          progress: database.all<ProgressRow>('SELECT course, student, assessment, score, day, version, stamp FROM progress').filter(({ course }) => counts(course)),
          seats: database.all("SELECT course, capacity, sold, (SELECT count(*) FROM holds WHERE holds.course = seats.course AND state = 'held') AS held FROM seats"),
          access: database.all<{ student: string; course: string; state: string }>('SELECT student, course, state FROM access').filter(({ course }) => counts(course)),
          paid: database
            .all<{ student: string; course: string; cents: number; refunds: number }>(
              "SELECT student, course, sum(CASE kind WHEN 'charge' THEN cents ELSE -cents END) AS cents, sum(kind = 'refund') AS refunds FROM ledger GROUP BY course, student",
            )
            .filter(({ course }) => counts(course)),
          enrolments: await strong.enrolment.totals('enrol', counts),
          withdrawals: await strong.enrolment.totals('withdraw', counts),
          audit: verifyAudit(database),
        },
      }
    },
    async close() {
      closing.abort(new Error('the region closes'))
      await strong?.enrolment.close()
      mesh[Symbol.dispose]()
      gateway[Symbol.dispose]()
      for (const breaker of providerBreakers) breaker[Symbol.dispose]()
      quota[Symbol.dispose]()
      traces[Symbol.dispose]()
      await tracing.close()
      strong?.store.close()
      replicaStore.close()
    },
  }
}

const bucket = (name: string, { remaining, limit: most }: { readonly remaining: number; readonly limit: number }) => ({ name, remaining, limit: most })

/** A version vector as the page shows it. */
function flat(version: unknown): Readonly<Record<string, number>> {
  return Object.fromEntries(Object.entries(version as Record<string, unknown>).filter((pair): pair is [string, number] => typeof pair[1] === 'number'))
}

export type { EventBody }
