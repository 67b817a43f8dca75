// Found by the campaign `distrolearn/regions`, seed 184: the home region's wall clock jumped past what its store had reserved, one stamp had to wait, and the withdrawal was undone for it.

import { createWorld } from '@distrokit/chaos'
import { StoreError } from '@distrokit/hlc/durable'
import { createEngine, memoryStore } from '@distrokit/saga'
import { expect, test } from 'vitest'
import type { EnrolServices } from '../../src/sagas/enrol.ts'
import { withdrawSaga } from '../../src/sagas/withdraw.ts'

test('a withdrawal is carried through, however often its own services ask it to wait', async () => {
  const world = createWorld<undefined>({ seed: 1, nodes: ['home'], ambient: ['performance.now()'] })
  const waits = new Map<string, number>()
  /** Fails three times before it does what it is asked. */
  const busy = <T>(name: string, given: T) => async (): Promise<T> => {
    const count = (waits.get(name) ?? 0) + 1
    waits.set(name, count)
    if (count <= 3) throw new StoreError('save', 'the mark is not saved yet')
    return given
  }
  const services = {
    access: { close: busy('access', undefined) },
    roster: { remove: () => undefined },
    ledger: { paid: busy('paid', 24_000), record: busy('record', undefined) },
    payments: { post: busy('refund', { id: 'r' }) },
    notifications: { post: busy('notify', {}) },
    seats: { freeOf: busy('seat', undefined) },
  } as unknown as EnrolServices
  const withdraw = withdrawSaga(services)
  let outcome: unknown
  world.node('home').start((env) => {
    const engine = createEngine({ sagas: [withdraw], store: memoryStore({ clock: env.clock }), clock: env.clock, random: env.random })
    void engine.start(withdraw, { course: 'C', student: '1', day: 50, lengthDays: 100 }).then((handle) => handle.result()).then((result) => (outcome = result), (error: unknown) => (outcome = error))
    return undefined
  })
  await world.run(60_000, () => outcome !== undefined)
  expect(outcome).toEqual({ course: 'C', student: '1', refundedCents: 12_000 })
  expect([...waits.values()].every((count) => count >= 4)).toBe(true)
})
