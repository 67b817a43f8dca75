import type { MarkStore } from '../window.ts'

/** A promise that every store of a durable clock keeps, as a check that throws where it does not. */
export interface StoreLaw {
  readonly name: string
  /** False for what a store may leave out. */
  readonly required: boolean
  /** @param reopen opens the same, at first empty, place anew, as a restart does */
  check(reopen: () => MarkStore | Promise<MarkStore>): Promise<void>
}

/** Run each law against a place of its own: `for (const law of storeLaws) test(law.name, () => law.check(() => myStore(newPlace)))`. */
export const storeLaws: readonly StoreLaw[] = [
  {
    name: 'holds no mark at first',
    required: true,
    async check(reopen) {
      expectMark(await (await reopen()).load(), undefined)
    },
  },
  {
    name: 'gives the last mark back after a restart',
    required: true,
    async check(reopen) {
      const store = await reopen()
      for (const [mark, known] of [[1_704_067_210_000, 0], [1_704_067_215_000, 1_704_067_210_000], [2 ** 48 - 1, 1_704_067_215_000]] as const) {
        await store.save(mark, known)
        expectMark(await store.load(), mark)
        expectMark(await (await reopen()).load(), mark)
      }
    },
  },
  {
    name: 'takes the lower mark of a clean close',
    required: true,
    async check(reopen) {
      const store = await reopen()
      await store.save(20_000, 0)
      await store.save(12_345, 20_000)
      expectMark(await (await reopen()).load(), 12_345)
    },
  },
  {
    name: 'is not shaken by a save whose answer was lost',
    required: true,
    async check(reopen) {
      await (await reopen()).save(20_000, 10_000)
      const store = await reopen()
      await store.save(20_064, 20_000)
      expectMark(await store.load(), 20_064)
    },
  },
  {
    name: 'refuses to save over the mark of another clock, and keeps that',
    required: false,
    async check(reopen) {
      await (await reopen()).save(50_000, 0)
      const store = await reopen()
      const error = await attempt(() => store.save(30_000, 20_000))
      if ((error as { code?: unknown } | undefined)?.code !== 'conflict') throw new Error(`expected a ConflictError, got ${String(error)}`)
      expectMark(await store.load(), 50_000)
    },
  },
]

function expectMark(actual: unknown, expected: number | undefined): void {
  if (actual !== expected) throw new Error(`expected the mark ${String(expected)}, got ${String(actual)}`)
}

async function attempt(run: () => unknown): Promise<unknown> {
  try {
    await run()
    return undefined
  } catch (error) {
    return error
  }
}
