// Promise: strong. An enrolment that was accepted is on disk before we say so, and ends completed or compensated, whatever crashes.

import { createEngine, IdConflict, SagaFailed, type Engine, type SagaView, type Store } from '@distrokit/saga'
import type { Clock } from '../ground/clock.ts'
import { priceCents } from '../ground/config.ts'
import { homeRegion } from '../ground/regions.ts'
import type { Emit, SagaState } from '../telemetry/events.ts'
import type { Telemetry } from '../telemetry/telemetry.ts'
import { Refusal } from '../ground/refusal.ts'
import { tellSaga } from './events.ts'
import { createSagaSpans } from './spans.ts'
import { enrolSaga, type EnrolServices } from './enrol.ts'
import { withdrawSaga } from './withdraw.ts'

export interface EnrolmentStatus {
  readonly id: string
  readonly state: SagaState
  /** Why it was compensated. */
  readonly reason?: string | undefined
}

export interface SagaTotals {
  readonly started: number
  readonly completed: number
  readonly compensated: number
  readonly stuck: number
  /** Not ended yet. */
  readonly live: number
}

export interface Enrolment {
  /** Starts the saga once per id; the same id again gives the same saga. */
  enrol(request: { readonly id: string; readonly course: string; readonly student: string; readonly card: string }): Promise<EnrolmentStatus>
  withdraw(request: { readonly id: string; readonly course: string; readonly student: string; readonly day: number; readonly lengthDays: number }): Promise<EnrolmentStatus>
  /** The state, at the latest `waitMs` from now, sooner when the saga ends. */
  status(id: string, waitMs: number): Promise<EnrolmentStatus | undefined>
  /** Sagas by kind, of the courses that `counts` takes. */
  totals(kind: 'enrol' | 'withdraw', counts: (course: string) => boolean): Promise<SagaTotals>
  readonly live: number
  close(): Promise<void>
}

export interface EnrolmentOptions {
  readonly store: Store
  readonly services: EnrolServices
  readonly clock: Clock
  readonly random: () => number
  readonly emit: Emit
  readonly telemetry: Pick<Telemetry, 'metrics' | 'log' | 'tracing'>
}

const ended = (state: SagaState): boolean => state === 'completed' || state === 'compensated' || state === 'stuck'

export function createEnrolment({ store, services, clock, random, emit, telemetry: { metrics, log, tracing } }: EnrolmentOptions): Enrolment {
  const enrol = enrolSaga(services)
  const withdraw = withdrawSaga(services)
  const engine: Engine = createEngine({
    sagas: [enrol, withdraw],
    store,
    clock,
    random,
    // Each attempt is an event and a count already; only what a person must see is logged.
    logger: log.child({ part: 'saga' }, { level: 'error' }),
    // A region that was killed comes back under its name and takes its sagas up at once.
    owner: homeRegion,
    leaseMs: 3_000,
  })
  const spans = createSagaSpans(tracing)
  const live = new Set<string>()
  /** Those who wait for a saga to end, by its id. */
  const waiters = new Map<string, Set<() => void>>()

  engine.onEvent((event) => {
    metrics.count('distrolearn_saga_events_total', { type: event.type })
    tellSaga(event, emit)
    spans.push(event)
    if (event.type === 'started' || event.type === 'recovered') live.add(event.id)
    if (event.type === 'completed' || event.type === 'compensated' || event.type === 'stuck') {
      live.delete(event.id)
      for (const wake of waiters.get(event.id) ?? []) wake()
    }
  })

  const statusOf = (view: SagaView): EnrolmentStatus => ({ id: view.id, state: view.state, reason: view.error?.message })

  /** Another request under the same number is a plain no; the rest is ours to mend. */
  const refusal = (error: unknown): never => {
    if (error instanceof IdConflict) throw new Refusal('input-mismatch', error.message)
    throw error
  }

  return {
    async enrol({ id, course, student, card }) {
      spans.started(id)
      const handle = await engine.start(enrol, { course, student, card, cents: priceCents }, { id }).catch(refusal)
      handle.result().catch((error: unknown) => {
        if (!(error instanceof SagaFailed)) log.warn({ saga: id, error: String(error) }, 'the saga goes on without this process')
      })
      return { id, state: 'running' }
    },
    async withdraw({ id, course, student, day, lengthDays }) {
      spans.started(id)
      await engine.start(withdraw, { course, student, day, lengthDays }, { id }).catch(refusal)
      return { id, state: 'running' }
    },
    async status(id, waitMs) {
      const first = await engine.get(id)
      if (first === undefined) return undefined
      if (ended(first.state) || waitMs <= 0) return statusOf(first)
      await new Promise<void>((resolve) => {
        const others = waiters.get(id) ?? new Set()
        waiters.set(id, others)
        const wake = (): void => {
          timer.cancel()
          others.delete(wake)
          if (others.size === 0) waiters.delete(id)
          resolve()
        }
        const timer = clock.after(waitMs, wake)
        others.add(wake)
      })
      const last = await engine.get(id)
      return last === undefined ? undefined : statusOf(last)
    },
    async totals(kind, counts) {
      const totals = { started: 0, completed: 0, compensated: 0, stuck: 0, live: 0 }
      for await (const view of engine.list()) {
        // The id is `kind/course/student/attempt`.
        const [of, course = ''] = view.id.split('/')
        if (of !== kind || !counts(course)) continue
        totals.started += 1
        if (view.state === 'completed' || view.state === 'compensated' || view.state === 'stuck') totals[view.state] += 1
        else totals.live += 1
      }
      return totals
    },
    get live() {
      return live.size
    },
    close: () => engine.close(),
  }
}
