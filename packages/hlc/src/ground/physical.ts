import type { ClockListener } from './events.ts'

/** The time that a hybrid clock reads. Only `now` is needed, and only `now` is called on the way to a stamp. */
export interface PhysicalClock {
  /** Wall time in milliseconds since 1970; may step, stand still, be coarse or have fractions. */
  now(): number
  /** Milliseconds that never step. */
  monotonic?(): number
  /** Runs once, `ms` from now. */
  after?(ms: number, run: () => void): { cancel(): void }
  /** A clock that watches itself tells its events here, and every hybrid clock over it passes them on. */
  onEvent?(listener: ClockListener): Disposable
}

/** A physical clock with all three parts, as the process's own has. */
export type FullClock = Required<Omit<PhysicalClock, 'onEvent'>>
