import type { MarkStore } from '../../src/adapters/durable.ts'

/** A store whose saves end when the test says so; what was not done at a crash is lost. */
export interface Disk extends MarkStore {
  readonly mark: number | undefined
  readonly pending: number
  /** Every mark that was ever asked for. */
  readonly asked: readonly number[]
  /** Ends the save under way: the mark is kept. */
  done(): Promise<void>
  /** Ends the save under way with an error; `landed` keeps the mark all the same, as a lost acknowledgement does. */
  fail(landed?: boolean): Promise<void>
  /** Saves end at once from now on, or not. */
  automatic: boolean
  /** The process dies: its save under way never ends, and lands or not. */
  crash(landed: boolean): void
}

export function createDisk(initial?: number): Disk {
  let mark = initial
  let under: { readonly mark: number; resolve(): void; reject(error: Error): void } | undefined
  const asked: number[] = []
  const disk: Disk = {
    automatic: true,
    get mark() {
      return mark
    },
    get pending() {
      return under === undefined ? 0 : 1
    },
    asked,
    load: () => mark,
    save(next) {
      asked.push(next)
      if (under !== undefined) throw new Error('two saves at once')
      if (disk.automatic) {
        mark = next
        return undefined
      }
      return new Promise<void>((resolve, reject) => {
        under = { mark: next, resolve, reject }
      })
    },
    async done() {
      const save = under
      under = undefined
      if (save !== undefined) mark = save.mark
      save?.resolve()
      await settle()
    },
    async fail(landed = false) {
      const save = under
      under = undefined
      if (save !== undefined && landed) mark = save.mark
      save?.reject(new Error('disk is full'))
      await settle()
    },
    crash(landed) {
      if (under !== undefined && landed) mark = under.mark
      under = undefined
    },
  }
  return disk
}

/** Lets everything run that is ready to run: no timer takes part, so a fixed number of turns is exact enough. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 30; turn++) await Promise.resolve()
}
