// Promise: what is strongly consistent lives in one region, behind methods that can all be repeated without harm.

import { consecutive, createBreaker, type Breaker, type Judge } from '@distrokit/breaker'
import { encode, type HybridClock } from '@distrokit/hlc'
import { createLimiter, limit, type Limiter } from '@distrokit/ratelimit'
import { RemoteError } from '../mesh/errors.ts'
import { createAccess } from '../services/access.ts'
import { createEnrolment } from '../sagas/enrolment.ts'
import { createLedger } from '../services/ledger.ts'
import { createProgress, type Submission } from '../services/progress.ts'
import { createProvider, ProviderRefusal, type Provider } from '../services/provider.ts'
import type { Roster } from '../services/roster.ts'
import { createSeats } from '../services/seats.ts'
import { openStrongStore } from '../stores/strong.ts'
import type { Telemetry } from '../telemetry/telemetry.ts'
import { providerBreaker, type RegionConfig } from '../ground/config.ts'
import type { RegionEnvironment } from './environment.ts'
import { inspectStrong, type StrongFacts } from './inspection.ts'
import type { Methods } from './methods.ts'

export interface Home {
  readonly methods: Methods
  readonly breakers: readonly Breaker[]
  readonly quota: Limiter
  setDelay(delayMs: number): void
  inspect(courses: readonly string[]): Promise<StrongFacts>
  close(): Promise<void>
}

export interface HomeOptions {
  readonly config: RegionConfig
  readonly environment: RegionEnvironment
  readonly hybridClock: HybridClock
  readonly telemetry: Telemetry
  readonly roster: Roster
}

const progressFeedLimit = 500

/** A provider that says no is well. */
const providerHealth: Judge = (outcome) => (!outcome.ok && outcome.error instanceof ProviderRefusal ? 'ok' : undefined)

export function openHome({ config, environment, hybridClock, telemetry, roster }: HomeOptions): Home {
  const { courses, paymentQuota } = config
  const { clock, random, emit } = environment
  const { log, tracing } = telemetry
  const delay = (delayMs: number): Promise<void> => new Promise((resolve) => void clock.after(delayMs, resolve))

  const store = openStrongStore({ open: environment.stores.database, hybridClock, delay })
  const seats = createSeats(store)
  const access = createAccess(store)
  for (const course of courses) void seats.open(course.id, course.capacity)

  let decidedMs = 0
  const quotaClock = { ...clock, monotonic: () => (decidedMs = clock.monotonic()) }
  const quota = createLimiter(limit({ name: 'payments', ...paymentQuota }), { clock: quotaClock, random, maxKeys: 2 })
  // Nobody knows what an earlier life has just spent, so a new life starts with nothing in hand.
  if (config.life > 1) quota.take('payments', paymentQuota.burst)
  const breakers: Breaker[] = []
  const provider = (name: 'payments' | 'notifications'): Provider => {
    const { failures, openMs, probes } = providerBreaker
    const breaker = telemetry.watched(createBreaker({ name, trip: consecutive(failures), openMs, probes, judge: providerHealth, clock, random }))
    breakers.push(breaker)
    // By the instant at which the limiter decided: until the call is made, a busy machine may take its time.
    const admission = { name, limiter: quota, onAdmitted: () => emit({ type: 'admitted', quota: name, atMs: environment.trueTime() - (clock.monotonic() - decidedMs), ...paymentQuota }) }
    return createProvider({ name, url: config.providers[name], fetch: environment.fetch, breaker, clock, tracing, emit, quota: name === 'payments' ? admission : undefined })
  }
  const progress = createProgress(store, access.granted)
  const enrolment = createEnrolment({
    store: environment.stores.sagas(),
    services: { seats, access, ledger: createLedger(store), roster, payments: provider('payments'), notifications: provider('notifications') },
    clock,
    random,
    emit,
    telemetry,
  })

  const courseOf = (id: string) => {
    const course = courses.find((known) => known.id === id)
    if (course === undefined) throw new RemoteError('unknown-course', `no course ${id}`)
    return course
  }
  const now = (): string => encode(hybridClock.now())

  log.info({ life: config.life }, 'the strong services are open')
  return {
    breakers,
    quota,
    setDelay: store.setDelay,
    inspect: (asked) => inspectStrong(store.database, enrolment, asked),
    methods: {
      enrolment: {
        enrol: ({ course, student, card, attempt }: { course: string; student: string; card: string; attempt: number }) =>
          enrolment.enrol({ id: `enrol/${courseOf(course).id}/${student}/${attempt}`, course, student, card }),
        withdraw: ({ course, student, day }: { course: string; student: string; day: number }) =>
          enrolment.withdraw({ id: `withdraw/${course}/${student}/1`, course, student, day, lengthDays: courseOf(course).lengthDays }),
        status: ({ id, waitMs }: { id: string; waitMs: number }) => enrolment.status(id, waitMs),
      },
      progress: {
        record: ({ submission, expectedVersion }: { submission: Submission; expectedVersion: number }) => progress.record(submission, expectedVersion),
        of: async ({ course, student }: { course: string; student: string }) => ({ rows: await progress.of(course, student), asOf: now() }),
        changes: ({ after }: { after: string }) => progress.changes(after, progressFeedLimit, now),
      },
    },
    async close() {
      await enrolment.close()
      for (const breaker of breakers) breaker[Symbol.dispose]()
      quota[Symbol.dispose]()
      store.close()
    },
  }
}
