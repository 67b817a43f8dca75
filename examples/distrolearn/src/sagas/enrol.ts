// Promise: an enrolment ends whole or not at all: a seat, a charge, access, a name on the roster and a message, or none of them.

import { NothingHappened, saga } from '@distrokit/saga'
import type { Access } from '../services/access.ts'
import { Refusal } from '../ground/refusal.ts'
import type { Seats } from '../services/seats.ts'
import type { Ledger } from '../services/ledger.ts'
import type { Provider } from '../services/provider.ts'
import type { Roster } from '../services/roster.ts'

export interface EnrolInput {
  readonly course: string
  readonly student: string
  /** Which of the learner's cards; never its number. */
  readonly card: string
  readonly cents: number
}

export interface EnrolServices {
  readonly seats: Seats
  readonly access: Access
  readonly ledger: Ledger
  readonly roster: Roster
  readonly payments: Provider
  readonly notifications: Provider
}

/**
 * An outside service may be down for long, and our own clock may have to wait for its store: the saga waits rather than
 * undo what the learner asked for. Only a plain no ends it.
 */
export const patient = { retries: Infinity, baseMs: 40, maxMs: 2_000 } as const

/** The services' plain "no" had no effect, so the step that met it has nothing to undo. */
export function refused(error: unknown): never {
  if (error instanceof Refusal) throw new NothingHappened(error.message, { cause: error })
  throw error
}

// The return type is what the saga package infers: step outputs, typed.
export function enrolSaga({ seats, access, ledger, roster, payments, notifications }: EnrolServices) {
  return saga('enrol', async ({ id, step }, { course, student, card, cents }: EnrolInput) => {
    await step('reserve seat', {
      do: () => seats.reserve(course, student, id).catch(refused),
      undo: () => seats.free(id),
      retry: patient,
    })
    // The undo must know the charge by name, also when nobody knows whether it was made.
    const charge = `${id}/charge`
    const charged = (provider: unknown) => ledger.record({ key: charge, course, student, kind: 'charge', cents, provider: String(provider) })
    await step('charge card', {
      do: async ({ signal }) => {
        const { id: provider } = await payments.post('/charges', { course, student, card, cents }, charge, signal).catch(refused)
        await charged(provider)
      },
      undo: async ({ key, signal }) => {
        const { id: provider, cents: returned } = await payments.post('/annulments', { charge }, key, signal)
        if (returned === 0) return
        // A crash may have come between the charge and our book.
        await charged(provider)
        await ledger.record({ key, course, student, kind: 'refund', cents, provider: String(provider) })
      },
      retry: patient,
    })
    await step('grant access', {
      do: () => access.grant(course, student, id),
      undo: () => access.revoke(course, student, id),
      retry: patient,
    })
    await step('put on the roster', {
      do: async () => roster.add(course, student),
      undo: async () => roster.remove(course, student),
      retry: patient,
    })
    await step('notify', {
      do: async ({ key, signal }) => {
        await notifications.post('/messages', { student, text: `Welcome to ${course}` }, key, signal)
      },
      retry: patient,
    })
    return { course, student, charge }
  })
}
