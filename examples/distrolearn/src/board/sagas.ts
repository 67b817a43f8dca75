// Promise: a saga is shown step by step while it lives, and for a while after it ended.

import type { SagaState, SagaStepState, Speaker } from '../telemetry/events.ts'
import type { FedEvent } from './fed-event.ts'

export const maxLive = 256
const maxEnded = 12
const maxSteps = 12
const maxPlans = 8

export interface StepView {
  readonly step: string
  readonly state: SagaStepState
  readonly error?: string
}

export interface SagaView {
  readonly id: string
  readonly name: string
  readonly region: Speaker
  readonly state: SagaState
  readonly steps: readonly StepView[]
  readonly startedMs: number
  readonly changedMs: number
  /** Taken over from a process that died. */
  readonly recovered: boolean
}

export interface Sagas {
  /** Oldest first, at most 256; who comes then is counted, and not followed. */
  readonly live: readonly SagaView[]
  /** Newest first, at most 12. */
  readonly ended: readonly SagaView[]
  /** Steps of a saga by its name, as far as any run got: the page draws those that are still to come. */
  readonly plans: Readonly<Record<string, readonly string[]>>
  readonly counts: {
    readonly started: number
    readonly completed: number
    readonly compensated: number
    readonly stuck: number
    readonly recovered: number
  }
}

export const noSagas: Sagas = {
  live: [],
  ended: [],
  plans: {},
  counts: { started: 0, completed: 0, compensated: 0, stuck: 0, recovered: 0 },
}

const isEnded = (state: SagaState): state is 'completed' | 'compensated' | 'stuck' =>
  state === 'completed' || state === 'compensated' || state === 'stuck'

type SagaEvent = Extract<FedEvent, { type: 'saga' | 'saga-step' }>

const found = (sagas: Sagas, id: string): SagaView | undefined =>
  sagas.live.find((saga) => saga.id === id) ?? sagas.ended.find((saga) => saga.id === id)

const advance = (before: SagaView | undefined, event: SagaEvent): SagaView => {
  const { id, name, region, arrivedMs } = event
  const known = before ?? { id, name, region, state: 'running', steps: [], startedMs: arrivedMs, changedMs: arrivedMs, recovered: false }
  if (event.type === 'saga')
    return { ...known, region, state: event.state, changedMs: arrivedMs, recovered: known.recovered || event.recovered === true }
  const step: StepView =
    event.error === undefined ? { step: event.step, state: event.state } : { step: event.step, state: event.state, error: event.error }
  const index = known.steps.findIndex((one) => one.step === step.step)
  const steps = index >= 0 ? known.steps.with(index, step) : [...known.steps, step].slice(0, maxSteps)
  return { ...known, region, steps, changedMs: arrivedMs }
}

const learnPlan = (plans: Sagas['plans'], saga: SagaView): Sagas['plans'] => {
  const plan = plans[saga.name]
  if (saga.steps.length <= (plan?.length ?? 0)) return plans
  if (plan === undefined && Object.keys(plans).length >= maxPlans) return plans
  return { ...plans, [saga.name]: saga.steps.map((one) => one.step) }
}

const count = (counts: Sagas['counts'], before: SagaView | undefined, after: SagaView): Sagas['counts'] => {
  const started = before === undefined && after.state === 'running' && !after.recovered ? 1 : 0
  const recovered = after.recovered && before?.recovered !== true ? 1 : 0
  const ended = isEnded(after.state) && before?.state !== after.state ? after.state : undefined
  if (started + recovered === 0 && ended === undefined) return counts
  const next = { ...counts, started: counts.started + started, recovered: counts.recovered + recovered }
  return ended === undefined ? next : { ...next, [ended]: next[ended] + 1 }
}

/** Only from its start on (or from its recovery) can a saga be shown whole; one that was not followed then is not shown half. */
const follows = (sagas: Sagas, event: SagaEvent): boolean => event.type === 'saga' && !isEnded(event.state) && sagas.live.length < maxLive

export const reduceSagas = (sagas: Sagas, events: readonly FedEvent[]): Sagas => {
  let result = sagas
  for (const event of events) {
    if (event.type !== 'saga' && event.type !== 'saga-step') continue
    const before = found(result, event.id)
    const after = advance(before, event)
    const counts = event.type === 'saga' ? count(result.counts, before, after) : result.counts
    if (before === undefined && !follows(result, event)) {
      result = counts === result.counts ? result : { ...result, counts }
      continue
    }
    const others = (list: readonly SagaView[]): readonly SagaView[] => list.filter((saga) => saga.id !== event.id)
    const liveIndex = result.live.findIndex((saga) => saga.id === event.id)
    result = {
      live: isEnded(after.state) ? others(result.live) : liveIndex >= 0 ? result.live.with(liveIndex, after) : [...result.live, after],
      ended: isEnded(after.state) ? [after, ...others(result.ended)].slice(0, maxEnded) : others(result.ended),
      plans: learnPlan(result.plans, after),
      counts,
    }
  }
  return result
}
