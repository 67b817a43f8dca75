import { describe, expect, it } from 'vitest'
import { compose, timeout } from '@distrokit/breaker'
import { manualClock } from '@distrokit/breaker/testing'
import { countingSignal, pending } from './world.ts'

describe('timeout', () => {
  it('rejects when the time is up, aborts the signal with the same error, and leaves no timer', async () => {
    const clock = manualClock()
    let seen: AbortSignal | undefined
    const running = timeout(100, { clock }).run(({ signal }) => ((seen = signal), new Promise(() => {}))).catch((error: unknown) => error)
    await clock.advance(99)
    expect(seen?.aborted).toBe(false)
    await clock.advance(1)
    expect(await running).toMatchObject({ name: 'TimeoutError', code: 'timeout', timeoutMs: 100 })
    expect(seen?.reason).toBe(await running)
    expect(clock.pending).toBe(0)
  })

  it('hands results, errors and thrown errors through, and cancels its timer', async () => {
    const clock = manualClock()
    const policy = timeout(100, { clock })
    expect(await policy.run(async () => 1)).toBe(1)
    await expect(policy.run(() => Promise.reject(new Error('down')))).rejects.toThrow('down')
    await expect(policy.run(() => { throw new Error('at once') })).rejects.toThrow('at once')
    expect(clock.pending).toBe(0)
  })

  it('ignores what a call answers after its time, without an unhandled rejection', async () => {
    const clock = manualClock()
    for (const settle of ['resolve', 'reject'] as const) {
      const late = pending<unknown>()
      const running = timeout(100, { clock }).run(late.call).catch((error: unknown) => error)
      await clock.advance(100)
      late[settle](new Error('late'))
      expect(await running).toMatchObject({ code: 'timeout' })
    }
  })

  it('gives up with the caller, for the reason of the caller, and takes its listener off', async () => {
    const clock = manualClock()
    const { controller, signal, listeners } = countingSignal()
    const running = timeout(100, { clock }).run(() => new Promise(() => {}), { signal }).catch((error: unknown) => error)
    expect(listeners()).toBe(1)
    controller.abort('enough')
    expect(await running).toBe('enough')
    expect([listeners(), clock.pending]).toEqual([0, 0])
  })

  it('leaves nothing on a long-lived signal after a thousand calls', async () => {
    const { signal, listeners } = countingSignal()
    const policy = timeout(1000)
    for (let i = 0; i < 1000; i++) await policy.run(() => i, { signal })
    expect(listeners()).toBe(0)
  })

  it('shows the call a signal that is already aborted when it is read late', async () => {
    const clock = manualClock()
    const gate = pending()
    let aborted: boolean | undefined
    const running = timeout(10, { clock }).run(async (context) => {
      await gate.call()
      aborted = context.signal.aborted
    }).catch(() => {})
    await clock.advance(10)
    await running
    gate.resolve('go')
    await clock.advance(0)
    expect(aborted).toBe(true)
  })

  it('is bounded by the deadline around it, and tells it to the calls within', async () => {
    const clock = manualClock()
    await clock.advance(1000)
    const policy = compose(timeout(100, { clock }), timeout(500, { clock }))
    const deadlines: unknown[] = []
    const running = policy.run(({ deadlineMs }) => (deadlines.push(deadlineMs), new Promise(() => {}))).catch((error: unknown) => error)
    await clock.advance(100)
    expect(await running).toMatchObject({ timeoutMs: 100 })
    expect(deadlines).toEqual([1100])
  })

  it('makes no call whose deadline has passed', async () => {
    const clock = manualClock()
    await clock.advance(50)
    let called = 0
    await expect(timeout(100, { clock }).run(() => called++, { deadlineMs: 50 })).rejects.toMatchObject({ code: 'timeout' })
    expect(called).toBe(0)
  })

  it('refuses durations that no timer can hold', () => {
    for (const ms of [0, -1, NaN, Infinity, 2 ** 31]) expect(() => timeout(ms)).toThrow(/timeout: ms must be a number from 1 to 2147483647; got/)
    expect(() => timeout('100' as never)).toThrow(TypeError)
  })
})
