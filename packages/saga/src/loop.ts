/** A loop of turns: one at a time, with a pause after each that a hint cuts short. */
import type { Clock, Timer } from './ground/types.ts'

export interface Loop {
  /** Takes a turn that begins after this was called; resolves when it is over. */
  turn(): Promise<void>
  /** Something may have changed: take a turn soon. */
  hint(): void
  /** Begins no more turns; resolves when the last is over. */
  stop(): Promise<void>
}

/** @param take takes a turn (`asked`: somebody waits for it) and says how many ms the pause after it may last; never rejects */
export function createLoop(clock: Clock, take: (asked: boolean) => Promise<number>): Loop {
  let timer: Timer | undefined
  let turning: Promise<void> | undefined
  let hinted = false
  let stopped = false

  function go(asked = false): Promise<void> {
    timer?.cancel()
    const mine = (turning ?? Promise.resolve()).then(() => {
      hinted = false
      return stopped ? 0 : take(asked)
    }).then((pauseMs) => {
      if (turning !== mine) return
      turning = undefined
      if (stopped) return
      if (hinted) void go()
      else timer = clock.after(pauseMs, () => void go())
    })
    return (turning = mine)
  }

  return {
    turn: () => go(true),
    hint() {
      if (stopped || hinted) return
      hinted = true
      if (turning === undefined) void go()
    },
    async stop() {
      stopped = true
      timer?.cancel()
      await turning
    },
  }
}
