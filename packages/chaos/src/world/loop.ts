import { createQueue } from '../core/queue.ts'
import type { Entry } from '../core/queue.ts'
import { macrotask } from '../ground/clock.ts'
import { WorldError } from '../ground/errors.ts'

/** Something to happen at an instant of virtual time, and on whose behalf. */
export interface Task {
  readonly owner: string
  run(): void
}

/** Virtual time: a queue of tasks, each run as a turn of its own with every promise settled before the next. */
export interface Loop {
  /** Milliseconds of virtual time since the start. */
  readonly now: number
  /** The number of the present turn. */
  readonly turn: number
  readonly events: number
  /** On whose behalf the present turn runs. */
  readonly owner: string
  /** 'idle' before and after a run, when the test itself may act; 'open' inside a turn; 'closed' between batches of turns, when only the machine can be at work. */
  readonly state: 'idle' | 'open' | 'closed'
  readonly size: number
  at(ms: number, owner: string, run: () => void): Entry<Task>
  cancel(entry: Entry<Task>): void
  /** Runs everything due until `end`, or until `enough` says so. Rejects with what `fail` was given. */
  run(end: number, enough?: () => boolean): Promise<void>
  fail(error: unknown): void
  readonly failure: { readonly error: unknown } | undefined
}

// Turns that are queued together run back to back with no task of the machine's between them: within a batch whatever
// happens is the simulation's own doing. Larger batches are faster, smaller ones notice an intruder sooner.
const BATCH = 128
// More turns at one instant than any system needs: a loop of timers that never lets time pass.
const MOST_TURNS_AT_ONCE = 100_000
// Virtual instants are multiples of 2^-10 ms, which doubles add exactly for 200 000 years.
const GRID = 1024

export interface LoopParts {
  /** Told of each turn before it is taken. */
  readonly onTurn: (ms: number) => void
  readonly onError: (error: unknown, owner: string) => void
}

export function createLoop({ onTurn, onError }: LoopParts): Loop {
  const queue = createQueue<Task>()
  let now = 0
  let turn = 0
  let owner = 'world'
  let state: Loop['state'] = 'idle'
  let running = false
  /** Turns since time last moved. */
  let still = 0
  let failure: { readonly error: unknown } | undefined

  function takeTurn(entry: Entry<Task>): void {
    still = entry.at > now ? 0 : still + 1
    if (still > MOST_TURNS_AT_ONCE) failure ??= { error: new WorldError('stuck', entry.value.owner, `Expected time to move on, but '${entry.value.owner}' and others took ${still} turns at ${now} ms. Something sets timers of 0 ms without end.`) }
    now = entry.at
    turn++
    onTurn(now)
    owner = entry.value.owner
    state = 'open'
    try {
      entry.value.run()
    } catch (error) {
      onError(error, owner)
    }
  }

  return {
    get now() {
      return now
    },
    get turn() {
      return turn
    },
    get events() {
      return turn
    },
    get owner() {
      return owner
    },
    get state() {
      return state
    },
    get size() {
      return queue.size
    },
    get failure() {
      return failure
    },
    at: (ms, by, run) => queue.push(Math.max(now, Math.ceil(ms * GRID) / GRID), { owner: by, run }),
    cancel: (entry) => queue.cancel(entry),
    fail(error) {
      failure ??= { error }
    },
    run(end, enough) {
      if (running) return Promise.reject(new Error('Expected one run of the world at a time, got another from inside it. Set a timer instead.'))
      running = true
      return new Promise((resolve, reject) => {
        let over = false
        const finish = (): void => {
          over = true
          running = false
          state = 'idle'
          owner = 'world'
          if (failure !== undefined) return reject(failure.error)
          resolve()
        }
        const step = (): void => {
          if (over) return
          const next = queue.peek()
          if (failure !== undefined || enough?.() === true) return finish()
          if (next === undefined || next.at > end) {
            now = Math.max(now, end)
            return finish()
          }
          queue.pop()
          takeTurn(next)
        }
        const close = (): void => {
          if (over) return
          state = 'closed'
          batch()
        }
        const batch = (): void => {
          for (let count = 0; count < BATCH; count++) macrotask(step)
          macrotask(close)
        }
        // What the test has begun before this run is settled first, and is no intruder.
        macrotask(close)
      })
    },
  }
}
