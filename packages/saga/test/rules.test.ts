/** The rules of compensation, one each: undisturbed, replayed after every commit, and killed around every commit. Those about what is in flight die with its process. */
import { nothingHappened, NothingHappened, saga, type SagaFailed, type Step } from '@distrokit/saga'
import { describe, expect, test } from 'vitest'
import { collect, createTop, failure } from './bench-top.ts'
import { rule } from './three-lives.ts'

describe('which steps are undone', () => {
  rule('a saga that completes undoes nothing', async ({ engine, effects, until }) => {
    const definition = saga('s', async ({ step }, input: number) => {
      const a = await step('a', () => (effects.push('a'), input + 1), () => effects.push('undo a'))
      return step('b', () => (effects.push('b'), a + 1), () => effects.push('undo b'))
    })
    const run = await until(engine({ sagas: [definition] }).start(definition, 1))
    expect(await until(run.result())).toBe(3)
    expect(effects).toEqual(['a', 'b'])
  })

  rule('a failed step is undone too, because its effect may be there; the others follow in reverse order of start', async ({ engine, effects, until }) => {
    const definition = saga('s', async ({ step }) => {
      await step('a', () => 'A', ({ output }) => effects.push(`undo a ${output}`))
      await step('b', () => 'B', ({ output }) => effects.push(`undo b ${output}`))
      await step('c', () => Promise.reject(new Error('no')), ({ output, error }) => effects.push(`undo c ${output} because ${error.message}`))
    })
    const run = await until(engine({ sagas: [definition] }).start(definition, null, { id: 'x' }))
    const error = await failure<SagaFailed>(until(run.result()))
    expect(effects).toEqual(['undo c undefined because no', 'undo b B', 'undo a A'])
    expect(error).toMatchObject({ code: 'saga-failed', saga: 's', id: 'x', undone: ['c', 'b', 'a'], stuck: [], cause: { message: 'no' } })
  })

  rule('a step that says that nothing happened is not undone where it was the only attempt, and the saga sees the error inside', async ({ engine, effects, until }, mode) => {
    const seen: unknown[] = []
    const definition = saga('s', async ({ step }) => {
      await step('a', () => 1, () => effects.push('undo a'))
      try {
        await step('b', () => { throw nothingHappened(Object.assign(new Error('declined'), { code: 'card' })) }, () => effects.push('undo b'))
      } catch (error) {
        seen.push(error)
        throw error
      }
    })
    const run = await until(engine({ sagas: [definition] }).start(definition, null))
    await failure(until(run.result()))
    // Another life may have tried it before: then its word is not enough.
    expect(effects.filter((effect) => mode === 'undisturbed' || effect !== 'undo b')).toEqual(['undo a'])
    for (const each of seen) expect(each).toMatchObject({ message: 'declined', code: 'card' })
    expect(seen.length).toBeGreaterThan(0)
  })

  rule('a NothingHappened thrown as it is does the same and is not retried', async ({ engine, effects, until }, mode) => {
    const definition = saga('s', async ({ step }) => {
      await step('a', { do: () => { effects.push('a'); throw new NothingHappened('sold out') }, undo: () => effects.push('undo a'), retry: { retries: 5 } })
    })
    const run = await until(engine({ sagas: [definition] }).start(definition, null))
    expect((await failure<SagaFailed>(until(run.result()))).cause).toMatchObject({ message: 'sold out', code: 'nothing-happened' })
    expect(effects.filter((effect) => mode === 'undisturbed' || effect !== 'undo a')).toEqual(['a'])
  })

  rule('an error that the saga catches undoes nothing by itself', async ({ engine, effects, until }) => {
    const definition = saga('s', async ({ step }) => {
      const card = await step('card', () => Promise.reject(new Error('no')), () => effects.push('undo card')).catch(() => 'cash')
      await step('pay', () => effects.push(`pay by ${card}`))
      return card
    })
    const run = await until(engine({ sagas: [definition] }).start(definition, null))
    expect(await until(run.result())).toBe('cash')
    expect(effects).toEqual(['pay by cash'])
  })
})

describe('side by side', () => {
  test('steps that run side by side are undone in reverse order of their start, after all of them have settled', async () => {
    const { engine, effects, until, world } = createTop()
    const slow = Promise.withResolvers<string>()
    world.clock.after(500, () => (effects.push('slow settles'), slow.resolve('S')))
    const definition = saga('s', async ({ step }) => {
      await Promise.all([
        step('slow', () => slow.promise, ({ output }) => effects.push(`undo slow ${output}`)),
        step('quick', () => Promise.reject(new Error('no')), () => effects.push('undo quick')),
      ])
    })
    const run = await until(engine({ sagas: [definition] }).start(definition, null))
    await failure(until(run.result()))
    expect(effects).toEqual(['slow settles', 'undo quick', 'undo slow S'])
  })

  test('on request, what ran side by side is undone side by side, and what came after is undone before', async () => {
    const { engine, effects, until, world } = createTop()
    const pause = (): Promise<void> => new Promise((resolve) => void world.clock.after(100, resolve))
    const undo = (name: string) => async (): Promise<void> => {
      effects.push(`undo ${name} begins`)
      await pause()
      effects.push(`undo ${name} ends`)
    }
    const definition = saga('s', async ({ step }) => {
      await step('first', () => 1, undo('first'))
      await Promise.all([step('left', () => 1, undo('left')), step('right', () => 1, undo('right'))])
      throw new Error('no')
    }, { undoOrder: 'causal' })
    const run = await until(engine({ sagas: [definition] }).start(definition, null))
    await failure(until(run.result()))
    expect(effects).toEqual(['undo right begins', 'undo left begins', 'undo right ends', 'undo left ends', 'undo first begins', 'undo first ends'])
  })
})

describe('keys', () => {
  rule('every attempt of a step gets the same key, and its undo another one', async ({ engine, effects, until }) => {
    let tries = 0
    const definition = saga('s', async ({ step }) => {
      await step('a', {
        do: ({ key, attempt }) => {
          effects.push(`${key} ${attempt}`)
          if (++tries < 3) throw new Error('flaky')
        },
        undo: ({ key }) => effects.push(key),
        retry: { retries: 2 },
      })
      throw new Error('no')
    })
    const run = await until(engine({ sagas: [definition] }).start(definition, null, { id: 'x' }))
    await failure(until(run.result()))
    expect(effects).toEqual(['x:0:do 1', 'x:0:do 2', 'x:0:do 3', 'x:0:undo'])
  })
})

describe('time-outs', () => {
  const late = (effects: string[], after: (ms: number, run: () => void) => void, lateMs: number) => async <Input>({ step }: { step: Step<Input> }): Promise<void> => {
    await step('charge', {
      do: () => new Promise<string>((resolve) => after(lateMs, () => (effects.push('charged'), resolve('receipt')))),
      undo: ({ output }) => effects.push(`refund ${output}`),
      timeoutMs: 100,
    })
  }

  test('the late success of a timed-out step is recorded and undone with its output', async () => {
    const { engine, effects, until, world, events } = createTop()
    const definition = saga('s', late(effects, world.clock.after, 1_000))
    const run = await until(engine({ sagas: [definition] }).start(definition, null))
    const error = await failure<SagaFailed>(until(run.result()))
    expect(effects).toEqual(['charged', 'refund receipt'])
    expect(error.cause).toMatchObject({ code: 'step-timeout', step: 'charge', timeoutMs: 100 })
    expect(events.map((event) => event.type)).toContain('step-late')
  })

  test('an action that stays silent is undone without its output after settleMs, and once more when it succeeds while the saga is still going back', async () => {
    const { engine, effects, until, world } = createTop()
    const definition = saga('s', async (scope, input: null) => {
      await scope.step('first', () => 1, () => new Promise<void>((resolve) => void world.clock.after(10_000, resolve)))
      await late(effects, world.clock.after, 5_000)(scope)
      return input
    })
    const run = await until(engine({ sagas: [definition], settleMs: 1_000 }).start(definition, null))
    await failure(until(run.result()))
    expect(effects).toEqual(['refund undefined', 'charged', 'refund receipt'])
  })

  test('a step that timed out is undone before completion even if the saga caught the error', async () => {
    const { engine, effects, until, world } = createTop()
    const definition = saga('s', async (scope) => {
      await late(effects, world.clock.after, 1_000)(scope).catch(() => {})
      await scope.step('other way', () => effects.push('other way'))
      return 'fine'
    })
    const run = await until(engine({ sagas: [definition] }).start(definition, null))
    expect(await until(run.result())).toBe('fine')
    expect(effects).toEqual(['other way', 'charged', 'refund receipt'])
  })

  test('the action is told by its signal, and a success of an earlier attempt is the success of the step', async () => {
    const { engine, effects, until, world } = createTop()
    const definition = saga('s', ({ step }) => step('a', {
      do: ({ attempt, signal }) => {
        signal.addEventListener('abort', () => effects.push(`attempt ${attempt} aborted`))
        return new Promise<number>((resolve) => void world.clock.after(250, () => resolve(attempt)))
      },
      timeoutMs: 100,
      retry: { retries: 5, baseMs: 100, factor: 1, jitter: 0 },
    }))
    const run = await until(engine({ sagas: [definition] }).start(definition, null))
    expect(await until(run.result())).toBe(1)
    expect(effects).toEqual(['attempt 1 aborted'])
  })
})

describe('cancelling and deadlines', () => {
  rule('cancel undoes what was done; undos are not aborted by it', async ({ engine, effects, until, world }) => {
    const definition = saga('s', async ({ step }) => {
      await step('a', () => 1, async ({ signal }) => {
        await new Promise<void>((resolve) => void world.clock.after(1_000, resolve))
        effects.push(`undo a ${signal.aborted}`)
      })
      await step('b', ({ signal }) => new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error))), () => effects.push('undo b'))
    })
    const worker = engine({ sagas: [definition] })
    const run = await until(worker.start(definition, null, { id: 'x' }))
    await world.pass(50)
    expect(await until(worker.cancel('x', 'customer'))).toBe(true)
    await world.pass(100)
    await until(worker.cancel('x', 'again, while it goes back'))
    const error = await failure<SagaFailed>(until(run.result()))
    expect(error.cause).toMatchObject({ code: 'saga-cancelled', reason: 'customer' })
    expect(effects).toEqual(['undo b', 'undo a false'])
    expect(await until(worker.cancel('x'))).toBe(false)
  })

  rule('a deadline turns the saga back and does not bound the way back', async ({ engine, effects, until, world }) => {
    const definition = saga('s', async ({ step, sleep }) => {
      await step('a', () => 1, async () => {
        await new Promise<void>((resolve) => void world.clock.after(60_000, resolve))
        effects.push('undone')
      })
      await sleep('for ever', 1e9)
    }, { deadlineMs: 5_000 })
    const run = await until(engine({ sagas: [definition] }).start(definition, null))
    expect((await failure<SagaFailed>(until(run.result()))).cause).toMatchObject({ code: 'deadline-passed' })
    expect(effects).toEqual(['undone'])
  })

  rule('cancelling a saga that nobody knows is an error', async ({ engine, until }) => {
    const error = await failure(until(engine({ sagas: [] }).cancel('nobody')))
    expect(error).toMatchObject({ code: 'no-such-saga', id: 'nobody' })
  })
})

describe('the pivot', () => {
  rule('is retried until it has happened; after it there is only forward', async ({ engine, effects, until }) => {
    let tries = 0
    const definition = saga('s', async ({ step }) => {
      await step('a', () => 1, () => effects.push('undo a'))
      await step.pivot('ship', () => { if (++tries < 4) throw new Error('busy') })
      await step('mail', () => { if (++tries < 8) throw new Error('busy'); effects.push('mail') })
      return tries
    })
    const run = await until(engine({ sagas: [definition] }).start(definition, null))
    // What was in flight when a process died is tried once more.
    expect([8, 9]).toContain(await until(run.result()))
    expect(effects).toEqual(['mail'])
  })

  rule('that says that nothing happened turns the saga back; if it may have been tried before, a person has to look first', async ({ engine, effects, until, world }, mode) => {
    const definition = saga('s', async ({ step }) => {
      await step('a', () => 1, () => effects.push('undo a'))
      await step.pivot('ship', () => { throw new NothingHappened('no truck') })
    })
    const worker = engine({ sagas: [definition] })
    const run = await until(worker.start(definition, null))
    const { stuck } = await failure<SagaFailed>(until(run.result()))
    if (stuck.length > 0) {
      expect(stuck).toEqual(['ship'])
      expect(effects).toEqual([])
      // Robbed of its lease once more before the next attempt, it would ask once more.
      if (mode === 'replayed') return
      await until(worker.retry(run.id))
      await world.pass(5_000)
    }
    expect(await until(worker.get(run.id))).toMatchObject({ undone: ['a'] })
    expect(effects).toEqual(['undo a'])
  })

  rule('refuses an undo that is given after it', async ({ engine, until }) => {
    const definition = saga('s', async ({ step }) => {
      await step.pivot('ship', () => 1)
      await step('late', () => 1, () => 1)
    })
    const run = await until(engine({ sagas: [definition] }).start(definition, null))
    const error = await failure<SagaFailed>(until(run.result()))
    expect(error).toMatchObject({ stuck: ['the saga itself'], cause: { code: 'step-name', step: 'late' } })
  })

  rule('makes cancel too late', async ({ engine, until, world }) => {
    const definition = saga('s', async ({ step, sleep }) => {
      await step.pivot('ship', () => 1)
      await sleep('travel', 60_000)
      return 'arrived'
    })
    const worker = engine({ sagas: [definition] })
    const run = await until(worker.start(definition, null, { id: 'x' }))
    await world.pass(10)
    await until(worker.cancel('x'))
    expect(await until(run.result())).toBe('arrived')
  })
})

describe('an undo that keeps failing', () => {
  const broken = (effects: string[], works: { now: boolean }) => saga('s', async ({ step }) => {
    await step('a', () => 1, () => effects.push('undo a'))
    await step('charge', () => 2, () => {
      if (!works.now) throw new Error('bank is shut')
      effects.push('refund')
    })
    throw new Error('no')
  })

  rule('parks the saga as stuck with what a person needs, and goes on when told to retry', async ({ engine, effects, until, world }) => {
    const works = { now: false }
    const definition = broken(effects, works)
    const worker = engine({ sagas: [definition], undoRetry: { retries: 2 } })
    const run = await until(worker.start(definition, { card: 1 }, { id: 'x' }))
    expect(await failure<SagaFailed>(until(run.result()))).toMatchObject({ stuck: ['charge'], undone: [], cause: { message: 'no' } })
    expect(await until(worker.get('x'))).toMatchObject({
      state: 'stuck', stuck: ['charge'], owed: ['a', 'charge'], input: { card: 1 }, error: { message: 'bank is shut' },
      steps: [{ name: 'a', phase: 'done' }, { name: 'charge', phase: 'undoing', output: 2 }],
    })
    expect((await collect(worker.list({ state: 'stuck' }))).map((each) => each.id)).toEqual(['x'])
    expect(effects).toEqual([])
    works.now = true
    await until(worker.retry('x'))
    await world.pass(2_000)
    expect(await failure<SagaFailed>(until(run.result()))).toMatchObject({ stuck: [], undone: ['charge', 'a'] })
    expect(effects).toEqual(['refund', 'undo a'])
  })

  rule('can be settled by a person, whose note is kept', async ({ engine, effects, until, world }) => {
    const definition = broken(effects, { now: false })
    const worker = engine({ sagas: [definition], undoRetry: { retries: 0 } })
    const run = await until(worker.start(definition, null, { id: 'x' }))
    await failure(until(run.result()))
    expect(await failure(until(worker.resolve('x', 'nonsense', '')))).toMatchObject({ code: 'no-such-saga' })
    await until(worker.resolve('x', 'charge', 'refunded by phone'))
    await world.pass(2_000)
    expect(await until(worker.get('x'))).toMatchObject({ state: 'compensated', undone: ['a', 'charge'], steps: [{}, { note: 'refunded by phone' }] })
    expect(effects).toEqual(['undo a'])
    expect(await failure(until(worker.retry('x')))).toMatchObject({ message: expect.stringContaining('is compensated') })
  })
})
