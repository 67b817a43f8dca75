/** Found by the campaigns: a later attempt's "nothing happened" skipped the undo that an earlier attempt of the same step may have owed. */
import { nothingHappened, saga, type SagaFailed } from '@distrokit/saga'
import { describe, expect, test } from 'vitest'
import { createTop, failure } from '../bench-top.ts'

const refuse = (): never => { throw nothingHappened(new Error('declined')) }

describe('a step is undone although its last attempt says that nothing happened', () => {
  test('when an attempt before it failed: its answer may have been lost', async () => {
    const { engine, effects, until } = createTop()
    const definition = saga('s', ({ step }) => step('charge', {
      do: ({ attempt }) => (attempt === 1 ? Promise.reject(new Error('the line went dead')) : refuse()),
      undo: () => effects.push('refund'), retry: { retries: 3 },
    }))
    const run = await until(engine({ sagas: [definition] }).start(definition, null))
    expect((await failure<SagaFailed>(until(run.result()))).cause).toMatchObject({ message: 'declined' })
    expect(effects).toEqual(['refund'])
  })

  test('when an attempt before it timed out, and may still be at work', async () => {
    const { engine, effects, until, world } = createTop()
    const definition = saga('s', ({ step }) => step('charge', {
      do: ({ attempt }) => (attempt === 1 ? new Promise<string>((resolve) => void world.clock.after(1_000, () => resolve('receipt'))) : refuse()),
      undo: ({ output }) => effects.push(`refund ${output}`), retry: { retries: 3 }, timeoutMs: 100,
    }))
    const run = await until(engine({ sagas: [definition] }).start(definition, null))
    await failure(until(run.result()))
    expect(effects).toEqual(['refund receipt'])
  })

  test('when an attempt before it was made by a process that crashed', async () => {
    const { engine, effects, until } = createTop()
    const definition = saga('s', ({ step }) => step('charge', () => {
      if (effects.push('charge') === 1) return new Promise<never>(() => {})
      return refuse()
    }, () => effects.push('refund')))
    const first = engine({ sagas: [definition] })
    await until(first.start(definition, null, { id: 'x' }))
    first.life.kill()
    await failure(until(engine({ sagas: [definition] }).result('x')))
    expect(effects).toEqual(['charge', 'charge', 'refund'])
  })

  test('when an attempt before it failed so long ago that the log had to remember it', async () => {
    const { engine, effects, until } = createTop()
    const definition = saga('s', ({ step }) => step('charge', {
      do: ({ attempt }) => (attempt === 1 ? Promise.reject(new Error('busy')) : refuse()),
      undo: () => effects.push('refund'), retry: { retries: 3, baseMs: 60_000 },
    }))
    const run = await until(engine({ sagas: [definition] }).start(definition, null))
    await failure(until(run.result()))
    expect(effects).toEqual(['refund'])
  })
})

test('a pivot whose earlier attempt may have gone through waits for a person when it refuses, and believes it once one has looked', async () => {
  const { engine, effects, until, world } = createTop()
  const definition = saga('s', async ({ step }) => {
    await step('hold', () => 1, () => effects.push('release'))
    await step.pivot('ship', ({ attempt }) => (attempt === 1 && effects.length === 0 ? Promise.reject(new Error('the line went dead')) : refuse()))
  })
  const worker = engine({ sagas: [definition] })
  const run = await until(worker.start(definition, null, { id: 'x' }))
  const error = await failure<SagaFailed>(until(run.result()))
  expect(error).toMatchObject({ stuck: ['ship'], cause: { message: expect.stringContaining('may have gone through') } })
  expect(effects).toEqual([])
  effects.push('a person looks')
  await until(worker.retry('x'))
  await world.pass(10_000)
  expect(await until(worker.get('x'))).toMatchObject({ state: 'compensated' })
  expect(effects).toEqual(['a person looks', 'release'])
})
