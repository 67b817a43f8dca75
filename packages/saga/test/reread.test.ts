/** Reading again before building on what was read long ago. */
import { reread, saga, type SagaFailed } from '@distrokit/saga'
import { expect, test } from 'vitest'
import { failure } from './bench-top.ts'
import { rule } from './three-lives.ts'

rule('what still holds is given, whatever the order of its keys', async ({ engine, until }) => {
  const definition = saga('s', async ({ step }) => {
    const seen = await step('read', () => ({ cents: 5, currency: 'EUR' }))
    return step('read again', reread(() => ({ currency: 'EUR', cents: 5 }), seen))
  })
  const run = await until(engine({ sagas: [definition] }).start(definition, null))
  expect(await until(run.result())).toEqual({ cents: 5, currency: 'EUR' })
})

rule('what has changed turns the saga back', async ({ engine, until, effects }) => {
  const definition = saga('s', async ({ step }) => {
    const seen = await step('read', () => 5)
    await step('hold', () => effects.push('hold'), () => effects.push('release'))
    await step('read again', reread<number>(() => 6, seen))
  })
  const run = await until(engine({ sagas: [definition] }).start(definition, null))
  const { cause, undone } = await failure<SagaFailed>(until(run.result()))
  expect(cause).toMatchObject({ code: 'value-changed', seen: '5', found: '6' })
  expect(undone).toEqual(['hold'])
  expect(effects).toEqual(['hold', 'release'])
})

test('what was read must be of one type', () => {
  // @ts-expect-error a number is no text
  reread(() => 'five', 5)
})
