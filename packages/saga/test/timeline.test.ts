/** The timeline says what happened, readably. */
import { nothingHappened, saga } from '@distrokit/saga'
import { expect, test } from 'vitest'
import { createTop, failure } from './bench-top.ts'

test('a saga that was undone tells its story', async () => {
  const top = createTop()
  const definition = saga('order', async ({ step, sleep }, _seats: number) => {
    await step('hold', () => ({ hold: 7 }), () => {})
    await sleep('a moment', 1_500)
    await step('charge', () => { throw nothingHappened(new Error('declined')) }, () => {})
  })
  const engine = top.engine({ sagas: [definition] })
  const run = await top.until(engine.start(definition, 2, { id: 'order-42' }))
  await failure(top.until(run.result()))
  expect(await top.until(engine.timeline('order-42'))).toBe([
    'order order-42  compensated, since 1970-01-01T00:16:40.000Z',
    '              ○ started  2',
    '       +0 ms  ▸ hold',
    '       +0 ms  ✓ hold  {"hold":7}',
    '       +0 ms  ▸ sleep a moment  until 1970-01-01T00:16:41.500Z',
    '    +1500 ms  ✓ a moment  {"$":"undefined"}',
    '    +1500 ms  ▸ charge',
    '    +1500 ms  ✗ charge  declined (nothing happened)',
    '    +1500 ms  ← going back  declined',
    '    +1500 ms  ◂ undo hold',
    '    +1500 ms  ↶ hold',
    '    +1500 ms  ● compensated',
  ].join('\n'))
  expect(await top.until(engine.timeline('nobody'))).toBeUndefined()
})
