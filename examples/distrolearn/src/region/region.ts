// Promise: one region, put together from its parts, that never touches a socket, a clock or chance but through what it was given.

import { encode } from '@distrokit/hlc'
import { createDurableClock } from '@distrokit/hlc/durable'
import { createGateway } from '../gateway/gateway.ts'
import type { Routes } from '../gateway/routes.ts'
import { RemoteError } from '../mesh/errors.ts'
import { createHearing } from '../mesh/hearing.ts'
import { createMesh } from '../mesh/mesh.ts'
import { createRegistry } from '../mesh/registry.ts'
import { createExchange } from '../replica/gossip.ts'
import { openReplicaStore } from '../replica/store.ts'
import { createActivity } from '../services/activity.ts'
import { createCatalog, type CatalogPage } from '../services/catalog.ts'
import type { EnrolmentStatus } from '../sagas/enrolment.ts'
import { createFollower } from '../services/follower.ts'
import { createNotes } from '../services/notes.ts'
import { createPreferences } from '../services/preferences.ts'
import type { ProgressChanges, ProgressRow } from '../services/progress.ts'
import { createRoster } from '../services/roster.ts'
import { homeRegion, type RegionName } from '../ground/regions.ts'
import type { RegionStatus } from '../telemetry/events.ts'
import { createTelemetry } from '../telemetry/telemetry.ts'
import type { RegionCommand } from './commands.ts'
import { clockAheadMs, gatewayQuota, maxDriftMs, type RegionConfig } from '../ground/config.ts'
import type { RegionEnvironment } from './environment.ts'
import { openHome } from './home.ts'
import type { Inspection } from './inspection.ts'
import { createInternal } from './internal.ts'
import { serving } from './methods.ts'
import { createRounds } from './rounds.ts'

export interface Region {
  readonly fetch: (request: Request) => Response | Promise<Response>
  command(command: RegionCommand): void
  status(): RegionStatus
  inspect(courses: readonly string[]): Promise<Inspection>
  close(): Promise<void>
}

/** How often a region tells how it is. */
export const statusMs = 250
/** The longest that a saga's state is waited for in the home region, below the time-out of a call. */
const longestPollMs = 500

export async function createRegion(config: RegionConfig, environment: RegionEnvironment): Promise<Region> {
  const { name, gossipMs } = config
  const { clock, random, emit } = environment
  const isHome = name === homeRegion

  // Ground: a clock whose new life starts above everything that an earlier one may have said, and eyes.
  const mark = environment.stores.mark()
  const hybridClock = await createDurableClock({ node: name, clock, maxDriftMs, aheadMs: clockAheadMs, store: mark })
  const telemetry = createTelemetry({ region: name, life: config.life, hybridClock, clock, trueTime: environment.trueTime, random, emit, log: environment.log })
  const { metrics, log } = telemetry

  // Mesh.
  const registry = createRegistry()
  const local = serving(name, () => ({ catalog: { own: ({ course, id }: { course: string; id: string }) => catalog.own(course, id) }, ...home?.methods }))
  const hearing = createHearing({ region: name, hybridClock, metrics, emit })
  const mesh = createMesh({ region: name, secret: config.peerSecret, registry, hybridClock, clock, random, fetch: environment.fetch, telemetry, emit, local, hearing })

  // Eventual services: everywhere.
  const replicaStore = openReplicaStore({ open: environment.stores.database, actor: name, hybridClock, now: clock.now })
  const { replica } = replicaStore
  const activity = createActivity(replicaStore)
  const preferences = createPreferences(replicaStore)
  const notes = createNotes(replicaStore)
  const roster = createRoster(replicaStore)
  const follower = createFollower()
  const catalog = createCatalog({
    pages: config.pages,
    origin: isHome,
    fetch: async (course, id) => (await mesh.find<CatalogPage>('catalog', 'own', { course, id })) ?? undefined,
  })

  // Strong services: in the home region, or not at all.
  const home = isHome ? openHome({ config, environment, hybridClock, telemetry, roster }) : undefined

  const routes: Routes = {
    enrol: (request) => mesh.call<EnrolmentStatus>('enrolment', 'enrol', request),
    withdraw: (request) => mesh.call<EnrolmentStatus>('enrolment', 'withdraw', request),
    saga: async (id, waitMs) => (await mesh.call<EnrolmentStatus | null>('enrolment', 'status', { id, waitMs: Math.min(waitMs, longestPollMs) })) ?? undefined,
    recordProgress: (submission, expectedVersion) => mesh.call<ProgressRow>('progress', 'record', { submission, expectedVersion }),
    async progress(course, student, token) {
      const here = isHome ? undefined : follower.read(course, student, token)
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
    async editPage(course, id, title) {
      if (!isHome) throw new RemoteError('not-here', `pages are edited in ${homeRegion}`)
      return catalog.edit(course, id, title, encode(hybridClock.now()))
    },
    log,
  }
  const gateway = createGateway({ tokenSecret: config.tokenSecret, hybridClock, clock, random, telemetry, emit, routes })

  // Gossip: what one region knows, the others know a moment after they can be reached.
  const exchange = createExchange(replicaStore, () => catalog.notices)
  const heard = (peer: RegionName, bytes: number, applied: number, forget: Parameters<typeof catalog.forget>[0], durationMs?: number): void => {
    catalog.forget(forget)
    if (applied > 0) emit({ type: 'gossip', peer, bytes, applied, outcome: 'ok', ...(durationMs === undefined ? {} : { durationMs }) })
  }
  const internal = createInternal({
    region: name, secret: config.peerSecret, hybridClock, telemetry, local, hearing,
    gossip(from, bytes) {
      const { reply, applied, forget } = exchange.answer(bytes)
      heard(from, bytes.length, applied, forget)
      return reply
    },
  })
  const rounds = createRounds(clock, (error) => log.debug({ error: String(error) }, 'a round failed; the next one does as well'))
  for (const peer of mesh.peers) {
    rounds.every(gossipMs, async () => {
      // Not told yet where it lives: nothing is wrong, and nothing is counted.
      if (registry.address(peer) === undefined) return
      const started = clock.monotonic()
      try {
        const reply = await mesh.exchange(peer, exchange.offer(peer))
        const { applied, forget } = exchange.accept(peer, reply)
        heard(peer, reply.length, applied, forget, clock.monotonic() - started)
      } catch (error) {
        metrics.count('distrolearn_gossip_failures_total', { peer })
        if (!rounds.stopped) emit({ type: 'gossip', peer, bytes: 0, applied: 0, outcome: error instanceof RemoteError && error.code === 'drift' ? 'drift' : 'failed' })
        throw error
      }
    })
  }
  // Cut off, the follower keeps its `asOf`, and readers with a newer token are sent to the home region.
  if (!isHome) {
    rounds.every(gossipMs, async (signal) => {
      if (registry.address(homeRegion) === undefined) return
      follower.take(await mesh.ask<ProgressChanges>(homeRegion, 'progress', 'changes', { after: follower.cursor }, { signal }))
    })
  }

  log.info({ version: replica.version() }, 'the region is up')

  return {
    fetch: (request) => (new URL(request.url).pathname.startsWith('/internal/') ? internal : gateway.app).fetch(request),
    command(command) {
      switch (command.type) {
        case 'addresses':
          return registry.update(command.addresses)
        case 'link':
          return mesh.link(command.peer).set(command.weather)
        case 'slow-database':
          return home?.setDelay(command.delayMs)
        case 'preference':
          preferences.set(command.learner, command.key, command.value, `page:${environment.trueTime()}:${random()}`)
      }
    },
    status(): RegionStatus {
      const breakers = [...(home?.breakers ?? []), ...mesh.breakers]
      return {
        life: config.life,
        wallMs: clock.now(),
        // To ten milliseconds: the two clocks are read one after the other.
        skewMs: Math.round((clock.now() - environment.trueTime()) / 10) * 10 + 0,
        stamp: hybridClock.peek(),
        leadMs: hybridClock.leadMs,
        replica: { digest: replica.digest(), version: replica.version(), clicks: sum(Object.values(activity.byStudent())), roster: roster.size },
        preferences: { learner: config.watched, values: preferences.of(config.watched) },
        buckets: [
          { name: 'gateway', remaining: gateway.whole.peek('all').remaining, limit: gatewayQuota.burst },
          ...(home === undefined ? [] : [{ name: 'payments quota', remaining: home.quota.peek('payments').remaining, limit: config.paymentQuota.burst }]),
        ],
        breakers: breakers.map((breaker) => ({ name: breaker.name, state: breaker.state, retryAfterMs: breaker.retryAfterMs })),
        bounds: {
          'requests in flight': gateway.inFlight,
          'learner buckets': gateway.learnerBuckets,
          'catalog cache': catalog.cached,
          'followed learners': follower.held,
          'remembered requests': replicaStore.requests,
          'deltas before a snapshot': replicaStore.deltas,
          'shared notes': { size: notes.read().length, bound: notes.bound },
        },
        counters: metrics.counters,
      }
    },
    async inspect(courses) {
      const clicks: Record<string, number> = {}
      for (const course of courses) for (const [student, count] of Object.entries(activity.byStudent(course))) clicks[student] = (clicks[student] ?? 0) + count
      const facts = { region: name, clicks, digest: replica.digest(), roster: courses.flatMap((course) => roster.of(course).map((student) => `${course}/${student}`)) }
      return home === undefined ? facts : { ...facts, strong: await home.inspect(courses) }
    },
    async close() {
      rounds.stop()
      await home?.close()
      mesh[Symbol.dispose]()
      gateway[Symbol.dispose]()
      replicaStore.close()
      await hybridClock.close()
      mark[Symbol.dispose]?.()
      await telemetry.close()
    },
  }
}

const sum = (counts: readonly number[]): number => counts.reduce((total, count) => total + count, 0)
