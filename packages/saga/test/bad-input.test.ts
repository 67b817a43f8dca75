/** Wrong use gets a clear error, and nothing changes. */
import { createEngine, jsonCodec, memoryStore, saga, type SagaFailed, type Scope } from '@distrokit/saga'
import { sqliteStore } from '@distrokit/saga/sqlite'
import { describe, expect, test } from 'vitest'
import { createTop, failure } from './bench-top.ts'

const plain = saga('plain', ({ step }) => step('a', () => 1))

describe('options', () => {
  test.each([
    [{ sagas: [], store: {} }, /expected a store/],
    [{ sagas: [plain, saga('plain', async () => 1)], store: memoryStore() }, /two sagas are called 'plain'/],
    [{ sagas: [], store: memoryStore(), leaseMS: 5 }, /unknown option 'leaseMS'/],
    [{ sagas: [], store: memoryStore(), leaseMs: NaN }, /leaseMs to be a number from 1/],
    [{ sagas: [], store: memoryStore(), maxHeld: 0 }, /maxHeld/],
    [{ sagas: [], store: memoryStore(), retry: { retries: -1 } }, /retry.retries/],
    [{ sagas: [], store: memoryStore(), retry: { jitter: 2 } }, /retry.jitter/],
    [{ sagas: [], store: memoryStore(), retry: { tries: 2 } }, /unknown option 'tries'/],
  ])('%# are refused with what was expected', (options, message) => {
    expect(() => createEngine(options as never)).toThrow(message)
  })

  test('of a saga and of stores too', () => {
    expect(() => saga('', async () => 1)).toThrow(/non-empty text/)
    expect(() => saga('x', 5 as never)).toThrow(/async function/)
    expect(() => saga('x', async () => 1, { deadlineMs: 0 })).toThrow(/deadlineMs/)
    expect(() => saga('x', async () => 1, { undoOrder: 'sideways' as never })).toThrow(/'reverse' or 'causal'/)
    expect(() => sqliteStore({ path: '' })).toThrow(/expected path/)
    expect(() => sqliteStore({ path: 'x', durability: 'some' as never })).toThrow(/'full' or 'relaxed'/)
    expect(() => sqliteStore({ file: 'x' } as never)).toThrow(/unknown option 'file'/)
  })
})

describe('start', () => {
  test('refuses an id that stands for another request, and knows the same request in another spelling', async () => {
    const top = createTop()
    const definition = saga('s', ({ step }, _input: { a: number; b: Date }) => step('a', () => top.effects.push('a')))
    const other = saga('t', async (_scope: Scope<unknown>, _input: { a: number; b: Date }) => 1)
    const engine = top.engine({ sagas: [definition, other] })
    const run = await top.until(engine.start(definition, { a: 1, b: new Date(5) }, { id: 'x' }))
    await top.until(run.result())
    const again = await top.until(engine.start(definition, { b: new Date(5), a: 1 }, { id: 'x' }))
    expect(await top.until(again.result())).toBe(1)
    expect(await failure(top.until(engine.start(definition, { a: 2, b: new Date(5) }, { id: 'x' })))).toMatchObject({ code: 'id-conflict', id: 'x' })
    expect(await failure(top.until(engine.start(other, { a: 1, b: new Date(5) }, { id: 'x' })))).toMatchObject({ code: 'id-conflict' })
    expect(top.effects).toEqual(['a'])
  })

  test('refuses strangers, empty ids, and inputs that do not fit; nothing is kept of them', async () => {
    const top = createTop()
    const engine = top.engine({ sagas: [plain], maxPayloadBytes: 1_000 })
    expect((await failure(engine.start(saga('plain', async () => 1), null))).message).toMatch(/not one of this engine's/)
    expect((await failure(engine.start(plain, null, { id: '' }))).message).toMatch(/non-empty text/)
    expect(await failure(engine.start(plain as never, 'x'.repeat(2_000) as never))).toMatchObject({ code: 'payload', bytes: 2_002, where: 'the input of saga \'plain\'' })
    expect(await failure(engine.start(plain as never, { run: () => 1 } as never))).toMatchObject({ code: 'payload' })
    expect(await failure(engine.start(plain, null, { deadlineMs: -1 }))).toBeInstanceOf(RangeError)
    expect(await failure(engine.start(plain, null, { tx: {} }))).toBeInstanceOf(TypeError)
    expect(await top.store.list({ limit: 10 })).toEqual([])
  })
})

describe('inside a saga', () => {
  const cause = async (run: (scope: Scope<null>, undone: string[]) => Promise<unknown>, options: object = {}): Promise<SagaFailed> => {
    const top = createTop()
    const definition = saga('s', async (scope: Scope<null>, _input: null) => {
      await scope.step('before', () => 1, () => top.effects.push('undone'))
      return run(scope, top.effects)
    })
    const started = await top.until(top.engine({ sagas: [definition], ...options }).start(definition, null))
    const error = await failure<SagaFailed>(top.until(started.result()))
    expect(top.effects.at(-1)).toBe('undone')
    return error
  }

  test('an output that cannot be written down is a failure that names the step; its effect is undone', async () => {
    const undone: unknown[] = []
    const error = await cause(({ step }) => step('open', () => ({ socket: () => {} }), ({ output }) => undone.push(output)))
    expect(error.cause).toMatchObject({ code: 'payload', where: 'the output of step \'open\'', message: expect.stringContaining('socket') })
    expect(undone).toEqual([undefined])
  })

  test('an output of 100 MB is a failure that names step and size', async () => {
    const error = await cause(({ step }) => step('download', () => 'x'.repeat(100_000_000)))
    expect(error.cause).toMatchObject({ code: 'payload', bytes: 100_000_002, message: expect.stringContaining('step \'download\'') })
  })

  test('an output of the saga itself that does not fit turns it back', async () => {
    expect((await cause(async () => Symbol('x'))).cause).toMatchObject({ code: 'payload', where: 'the output of saga \'s\'' })
  })

  test('a name used twice turns the saga back and says what to do', async () => {
    expect((await cause(({ step }) => step('before', () => 2))).cause).toMatchObject({ code: 'step-name', step: 'before', message: expect.stringContaining('asked for twice') })
  })

  test('a saga that never ends is ended at maxSteps', async () => {
    const error = await cause(async ({ step }) => {
      for (let index = 0; ; index++) await step(`again ${index}`, () => index)
    }, { maxSteps: 50 })
    expect(error.cause).toMatchObject({ code: 'step-name', message: expect.stringContaining('at most 50') })
  })

  test.each([
    ['a step without an action', ({ step }: Scope<null>) => step('x', undefined as never), /function/],
    ['an unknown option', ({ step }: Scope<null>) => step('x', { do: () => 1, timeout: 5 } as never), /unknown option 'timeout'/],
    ['a time-out of nothing', ({ step }: Scope<null>) => step('x', { do: () => 1, timeoutMs: 0 }), /timeoutMs/],
    ['an undo that is none', ({ step }: Scope<null>) => step('x', () => 1, 'undo' as never), /undo to be a function/],
    ['an empty name', ({ step }: Scope<null>) => step('', () => 1), /non-empty text/],
    ['a sleep that is no number', ({ sleep }: Scope<null>) => sleep('x', '5' as never), /number/],
    ['a negative sleep', ({ sleep }: Scope<null>) => sleep('x', -5), /number/],
    ['a pivot with an undo', ({ step }: Scope<null>) => step.pivot('x', { do: () => 1, undo: () => 1 } as never), /no way back/],
    ['a child that nobody can run', ({ child }: Scope<null>) => child('x', saga('stranger', async () => 1), null), /not one of this engine's/],
    ['a throw that is no error', () => Promise.reject('just text'), /just text/],
  ])('%s turns the saga back', async (_, run, message) => {
    expect(((await cause(run)).cause as Error).message).toMatch(message)
  })
})

test('a codec of your own sees every value, and its failures are payload errors', async () => {
  const seen: string[] = []
  const secret = {
    encode: (value: unknown) => {
      if (value === 'unspeakable') throw new Error('no word for it')
      const text = btoa(encodeURIComponent(jsonCodec.encode(value)))
      seen.push(text)
      return text
    },
    decode: (text: string) => jsonCodec.decode(decodeURIComponent(atob(text))),
  }
  const top = createTop()
  const definition = saga('s', async ({ step }, input: { name: string }) => {
    const hello = await step('greet', () => `hello ${input.name}`)
    if (input.name === 'nobody') await step('speak', () => 'unspeakable')
    return hello
  })
  const engine = top.engine({ sagas: [definition], codec: secret })
  const run = await top.until(engine.start(definition, { name: 'Ada' }, { id: 'x' }))
  expect(await top.until(run.result())).toBe('hello Ada')
  expect(JSON.stringify(await top.store.read('x'))).not.toContain('Ada')
  const mute = await top.until(engine.start(definition, { name: 'nobody' }))
  expect((await failure<SagaFailed>(top.until(mute.result()))).cause).toMatchObject({ code: 'payload', message: expect.stringContaining('no word for it') })
})

test('types refuse what the rules refuse', () => {
  const never = (): boolean => false
  if (never()) {
    saga('s', async ({ step, signal }, input: { id: string }) => {
      const output = await step('a', () => 5, ({ output, input }) => {
        // @ts-expect-error the output may not be known
        void output.toFixed()
        const id: string = input.id
        return id
      })
      const number: number = output
      // @ts-expect-error the step gives a number
      const text: string = output
      const waited = await signal<boolean>('x')
      // @ts-expect-error the signal gives a boolean
      const wrong: string = waited
      await step.pivot('p', () => 1, async ({ step }) => {
        await step('forward', () => 1)
        // @ts-expect-error behind the pivot there is no undo
        await step('back', () => 1, () => 1)
      })
      // @ts-expect-error a pivot has no undo
      await step.pivot('q', { do: () => 1, undo: () => 1 })
      return [number, text, wrong, input.id]
    })
    const engine = createEngine({ sagas: [plain], store: memoryStore() })
    const typed = saga('t', async (_scope, input: number) => String(input))
    // @ts-expect-error the input is a number
    void engine.start(typed, 'five')
    void engine.start(typed, 5).then((run) => run.result()).then((result: string) => result)
  }
  expect(never()).toBe(false)
})
