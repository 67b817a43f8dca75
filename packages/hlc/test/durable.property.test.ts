import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { createDurableClock, StoreError, type DurableClock } from '../src/adapters/durable.ts'
import { steppingClock } from '../src/adapters/testing.ts'
import { createDisk, settle } from './model/disk.ts'
import { time } from './model/history.ts'

const action = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('now' as const) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('reserve' as const), size: fc.integer({ min: 1, max: 3_000_000 }) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('receive' as const), aheadMs: fc.integer({ min: -5_000, max: 60_000 }), count: fc.constantFrom(0, 65_535) }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('pass' as const), ms: fc.nat({ max: 8_000 }) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('step' as const), byMs: fc.integer({ min: -4_000_000, max: 400_000 }) }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('saved' as const) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('failed' as const), landed: fc.boolean() }) },
  // Aimed: the process dies inside a save and wakes with the wall clock set back.
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('crash' as const), landed: fc.boolean(), byMs: fc.integer({ min: -100_000, max: 1_000 }) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('close' as const) }) },
)

test('through crashes, lost saves, jumps and clock steps: stamps rise over all lives, none leaves above the mark, and a healed clock speaks', async () => {
  let lives = 0
  let refusals = 0
  await fc.assert(
    fc.asyncProperty(fc.array(action, { minLength: 1, maxLength: 60, size: 'max' }), async (actions) => {
      const [wall, disk] = [steppingClock(10_000_000), createDisk()]
      let highest = -1n
      // A life that has crashed reaches neither the disk nor a timer any more.
      let life = 0
      const open = async (): Promise<DurableClock> => {
        lives++
        const mine = ++life
        disk.automatic = true
        const clock = await createDurableClock({
          node: 'a',
          store: { load: () => disk.load(), save: (mark, known) => (mine === life ? disk.save(mark, known) : new Promise(() => {})) },
          clock: { now: () => wall.now(), after: (ms, run) => wall.after(ms, () => void (mine === life && run())) },
        })
        disk.automatic = false
        return clock
      }
      let clock = await open()
      const issued = (first: bigint, last: bigint): void => {
        expect(first > highest).toBe(true)
        expect(last < BigInt(disk.mark!) * 65_536n).toBe(true)
        highest = last
      }
      const attempt = (run: () => void): void => {
        try {
          run()
        } catch (error) {
          if (!(error instanceof StoreError)) throw error
          refusals++
        }
      }
      const act = {
        now: () => attempt(() => {
          const stamp = time(clock.now())
          issued(stamp, stamp)
        }),
        reserve: ({ size }: { size: number }) => attempt(() => {
          const { first, last } = clock.reserve(size)
          issued(time(first), time(last))
        }),
        receive: ({ aheadMs, count }: { aheadMs: number; count: number }) => attempt(() => {
          const remote = { ms: Math.max(0, wall.now() + aheadMs), count, node: 'b' }
          const stamp = time(clock.receive(remote))
          expect(stamp > time(remote)).toBe(true)
          issued(stamp, stamp)
        }),
      }
      for (const step of actions) {
        if (step.kind === 'now') act.now()
        else if (step.kind === 'reserve') act.reserve(step)
        else if (step.kind === 'receive') act.receive(step)
        else if (step.kind === 'pass') wall.advance(step.ms)
        else if (step.kind === 'step') wall.set(Math.max(0, wall.now() + step.byMs))
        else if (step.kind === 'saved') await disk.done()
        else if (step.kind === 'failed') await disk.fail(step.landed)
        else if (step.kind === 'crash') {
          disk.crash(step.landed)
          wall.set(Math.max(0, wall.now() + step.byMs))
          clock = await open()
        } else {
          const closing = clock.close()
          await disk.done()
          await disk.done()
          await closing
          clock = await open()
        }
        await settle()
      }
      // Heal: the store works again, and stamps must come within the longest pause.
      disk.automatic = true
      await disk.done()
      wall.advance(2_000)
      await settle()
      await clock.ready()
      const stamp = time(clock.now())
      issued(stamp, stamp)
    }),
    { numRuns: 300 },
  )
  expect(lives).toBeGreaterThan(400)
  expect(refusals).toBeGreaterThan(100)
})
