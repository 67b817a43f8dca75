// Found by the simulated demo under payment-dark: a card was declined at the second try, the first one's fate was unknown, and its undo paid back what was never charged.

import { createRandom } from '@distrokit/chaos'
import { describe, expect, test } from 'vitest'
import { createProviders } from '../../src/world/providers.ts'

function payments() {
  const soon = (_ms: number, run: () => void) => (queueMicrotask(run), { cancel: () => undefined })
  const providers = createProviders({ random: createRandom(1), clock: { after: soon }, trueTime: () => 0 })
  const post = async (path: string, key: string, body: object) => {
    const response = await providers.answer('payments', new Request(`http://payments${path}`, { method: 'POST', headers: { 'idempotency-key': key }, body: JSON.stringify(body) }))
    return { status: response.status, body: (await response.json()) as { readonly cents?: number } }
  }
  const charge = { course: 'C', student: '1', cents: 500, card: 'good-card' }
  return { providers, post, charge }
}

describe('annulling a charge', () => {
  test('that was made pays it back, once', async () => {
    const { providers, post, charge } = payments()
    await post('/charges', 'c', charge)
    expect(await post('/annulments', 'a', { charge: 'c' })).toMatchObject({ status: 201, body: { cents: 500 } })
    expect(await post('/annulments', 'a', { charge: 'c' })).toMatchObject({ status: 201, body: { cents: 500 } })
    expect(providers.books.map(({ kind, cents }) => [kind, cents])).toEqual([['charge', 500], ['refund', 500]])
  })

  test('that never came moves no money, and lets it not come late', async () => {
    const { providers, post, charge } = payments()
    expect(await post('/annulments', 'a', { charge: 'c' })).toMatchObject({ status: 201, body: { cents: 0 } })
    expect((await post('/charges', 'c', charge)).status).toBe(409)
    expect(providers.books).toEqual([])
  })
})
