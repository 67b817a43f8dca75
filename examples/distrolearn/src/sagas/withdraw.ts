// Promise: a withdrawal that was accepted is carried through: access closed, money back by the day, the seat free for somebody else.

import { saga } from '@distrokit/saga'
import { patient, type EnrolServices } from './enrol.ts'

export interface WithdrawInput {
  readonly course: string
  readonly student: string
  /** Day of the course, counted from its start; negative before it. */
  readonly day: number
  readonly lengthDays: number
}

/** The part of the price that was not yet used, in whole cents, rounded in the learner's favour. */
export function refundCents(paidCents: number, day: number, lengthDays: number): number {
  const left = Math.min(Math.max(lengthDays - Math.max(day, 0), 0), lengthDays)
  return Math.ceil((paidCents * left) / lengthDays)
}

export function withdrawSaga({ seats, access, ledger, roster, payments, notifications }: EnrolServices) {
  return saga('withdraw', async ({ step }, { course, student, day, lengthDays }: WithdrawInput) => {
    await step('close access', {
      do: async () => {
        await access.close(course, student)
        roster.remove(course, student)
      },
      retry: patient,
    })
    const cents = await step('reckon refund', { do: async () => refundCents(await ledger.paid(course, student), day, lengthDays), retry: patient })
    if (cents > 0) {
      await step('refund', {
        do: async ({ key, signal }) => {
          const { id: provider } = await payments.post('/refunds', { course, student, cents }, key, signal)
          await ledger.record({ key, course, student, kind: 'refund', cents, provider: String(provider) })
        },
        retry: patient,
      })
    }
    await step('free seat', { do: () => seats.freeOf(course, student), retry: patient })
    await step('notify', {
      do: async ({ key, signal }) => {
        await notifications.post('/messages', { student, text: `You left ${course}` }, key, signal)
      },
      retry: patient,
    })
    return { course, student, refundedCents: cents }
  })
}
