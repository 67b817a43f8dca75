/** Idempotency-Key: what the draft asks for, over a real engine. */
import { createEngine, memoryStore, nothingHappened, saga } from '@distrokit/saga'
import { idempotent } from '@distrokit/saga/http'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'

let charges: string[]
let gate: PromiseWithResolvers<void>
const order = saga('order', async ({ step }, { cents }: { cents: number }) => step('charge', async ({ key }) => {
  charges.push(key)
  await gate.promise
  if (cents > 1_000) throw nothingHappened(new Error('card declined'))
  return { charged: cents }
}))
let engine: ReturnType<typeof createEngine>
let handle: ReturnType<typeof idempotent>
beforeEach(() => {
  charges = []
  gate = Promise.withResolvers()
  engine = createEngine({ sagas: [order], store: memoryStore() })
  handle = idempotent({
    engine, saga: order, waitMs: 200, maxBytes: 1_000,
    input: (body) => {
      const { cents } = (body ?? {}) as { cents?: unknown }
      if (typeof cents !== 'number') throw new TypeError('expected cents as a number')
      return { cents }
    },
    scope: (request) => `${request.headers.get('authorization')}:`,
  })
})
afterEach(async () => {
  gate.resolve()
  await engine.close()
})

const post = (key: string | undefined, body: unknown = { cents: 5 }, who = 'ada'): Promise<Response> => handle(new Request('http://shop/orders', {
  method: 'POST', body: typeof body === 'string' ? body : JSON.stringify(body), headers: { authorization: who, ...(key === undefined ? {} : { 'idempotency-key': key }) },
}))

test('a repetition gets the first outcome, and the effect is one', async () => {
  gate.resolve()
  const first = await post('"k1"')
  expect([first.status, await first.json()]).toEqual([200, { charged: 5 }])
  const again = await post('k1')
  expect([again.status, await again.json()]).toEqual([200, { charged: 5 }])
  expect(charges).toEqual(['ada:k1:0:do'])
})

test('a refusal is the first outcome too, and stays it', async () => {
  gate.resolve()
  for (let time = 0; time < 2; time++) {
    const refused = await post('k', { cents: 5_000 })
    expect([refused.status, await refused.json()]).toEqual([424, expect.objectContaining({ detail: 'card declined' })])
    expect(refused.headers.get('content-type')).toBe('application/problem+json')
  }
  expect(charges).toHaveLength(1)
})

test('without a key it is 400, and nothing starts', async () => {
  for (const key of [undefined, '', '""', 'with space', 'x'.repeat(300), '"ü"']) expect((await post(key === undefined ? key : encodeURI(key).replaceAll('%20', ' ').replaceAll('%22', '"').replace('%C3%BC', 'é'))).status).toBe(400)
  expect(charges).toEqual([])
})

test('the same key with another body is 422', async () => {
  gate.resolve()
  await post('k')
  expect((await post('k', { cents: 6 })).status).toBe(422)
  expect((await post('k', { cents: 6 }, 'bob')).status).toBe(200)
})

describe('while the first is under way', () => {
  test('a repetition is 409, and the first is 202 after waitMs; then the outcome is there', async () => {
    const first = post('k')
    await new Promise((resolve) => void setTimeout(resolve, 20))
    const second = await post('k')
    expect([second.status, second.headers.get('retry-after')]).toEqual([409, '1'])
    expect((await first).status).toBe(202)
    gate.resolve()
    await engine.result('ada:k')
    expect((await post('k')).status).toBe(200)
    expect(charges).toHaveLength(1)
  })
})

test.each([['{', 'JSON'], [{ cents: 'five' }, 'expected cents'], ['x'.repeat(2_000), 'at most 1000 bytes']])('a body that is no input is 400: %s', async (body, detail) => {
  const response = await post('k', body)
  expect(response.status).toBe(400)
  expect(((await response.json()) as { detail: string }).detail).toContain(detail)
  expect(charges).toEqual([])
})

describe('the age of a key', () => {
  test('is told with every repetition', async () => {
    gate.resolve()
    const first = await post('old')
    expect(first.headers.get('idempotency-replayed')).toBeNull()
    const again = await post('old')
    expect([again.status, again.headers.get('idempotency-replayed'), again.headers.get('age')]).toEqual([200, 'true', '0'])
    const refused = await post('declined', { cents: 5_000 }).then(() => post('declined', { cents: 5_000 }))
    expect([refused.status, refused.headers.get('idempotency-replayed')]).toEqual([424, 'true'])
  })

  test('has a bound: past it the key is refused, and nothing is done again', async () => {
    gate.resolve()
    let now = Date.now()
    const clock = { now: () => now, after: (_ms: number, _run: () => void) => ({ cancel() {} }) }
    handle = idempotent({ engine, saga: order, clock, maxAgeMs: 86_400_000, input: (body) => body as { cents: number } })
    expect((await post('k')).status).toBe(200)
    now += 86_400_000 - 5_000
    expect((await post('k')).status).toBe(200)
    now += 10_000
    const late = await post('k')
    expect([late.status, await late.json()]).toEqual([422, expect.objectContaining({ title: 'Idempotency-Key is too old' })])
    expect(charges).toEqual(['k:0:do'])
    expect(() => idempotent({ engine, saga: order, input: () => ({ cents: 1 }), maxAgeMs: 0 })).toThrow(/above 0/)
  })
})
