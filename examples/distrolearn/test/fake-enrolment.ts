// Enrolments as the fake world has them: five steps, a card declined now and then, and undoing step by step.

import type { EventBody, Speaker } from '../src/telemetry/events.ts'
import type { FakeBreaker } from './fake-breaker.ts'

const steps = ['reserve seat', 'charge card', 'grant access', 'put on the roster', 'notify'] as const

export interface FakeProvider {
  readonly name: 'payments' | 'notifications'
  readonly breaker: FakeBreaker
  readonly down: () => boolean
}

export interface FakeEnrolmentOptions {
  readonly random: () => number
  readonly after: (ms: number, run: () => void) => void
  readonly say: (region: Speaker, body: EventBody) => void
  readonly payments: FakeProvider
  readonly notifications: FakeProvider
  readonly slowMs: () => number
}

/** Gives a function that begins one enrolment. */
export const fakeEnrolment = ({
  random,
  after,
  say,
  payments,
  notifications,
  slowMs,
}: FakeEnrolmentOptions): ((learner: number) => void) => {
  const call = ({ name, breaker, down }: FakeProvider, settle: (ok: boolean) => void): void => {
    const told = { type: 'call', to: name, service: name } as const
    if (!breaker.admit()) {
      say('dublin', { type: 'refused', what: 'breakerOpen', detail: name })
      say('dublin', { ...told, outcome: 'refused', durationMs: 0 })
      settle(false)
      return
    }
    const ok = !down()
    const durationMs = ok ? 60 + random() * 80 : 400
    after(durationMs, () => {
      say('dublin', { ...told, outcome: ok ? 'ok' : 'failed', durationMs })
      breaker.record(ok)
      settle(ok)
    })
  }

  return (learner) => {
    const saga = { id: `enrol/AAA-2013J/${learner}/1`, name: 'enrol' }
    const declined = random() < 1 / 9
    const step = (name: string, state: 'running' | 'done' | 'failed' | 'undoing' | 'undone', error?: string): void =>
      say('dublin', { type: 'saga-step', ...saga, step: name, state, ...(error === undefined ? {} : { error }) })

    const undo = (index: number): void => {
      const name = steps[index]
      if (name === undefined) return say('dublin', { type: 'saga', ...saga, state: 'compensated' })
      step(name, 'undoing')
      after(500, () => {
        step(name, 'undone')
        undo(index - 1)
      })
    }
    const fail = (index: number, error: string): void => {
      step(steps[index] ?? '', 'failed', error)
      say('dublin', { type: 'saga', ...saga, state: 'compensating' })
      after(400, () => undo(index - 1))
    }
    const go = (index: number): void => {
      const name = steps[index]
      if (name === undefined) return say('dublin', { type: 'saga', ...saga, state: 'completed' })
      const next = (): void => {
        step(name, 'done')
        go(index + 1)
      }
      const charged = (ok: boolean): void => {
        if (!ok) fail(index, 'payments did not answer')
        else if (declined) fail(index, 'the card was declined')
        else next()
      }
      step(name, 'running')
      if (name === 'charge card') call(payments, (ok) => after(250, () => charged(ok)))
      else if (name === 'notify') call(notifications, () => after(250, next))
      else after(300 + slowMs(), next)
    }

    say('dublin', { type: 'saga', ...saga, state: 'running' })
    go(0)
  }
}
