/**
 * A small world in which time is a number and a process is an object that can be killed: one store, any number of lives over it.
 * Time moves only when nothing else can: every promise that is ready has run before the next timer fires, so a run is the same each time.
 */
import { afterTurn } from '../../ground/clock.ts'
import type { Store, Write, Written } from '../../ground/store.ts'
import type { Clock, Timer } from '../../ground/types.ts'

interface Waiting {
  readonly at: number
  readonly order: number
  readonly run: () => void
}

export interface World {
  /** Time that moves by itself whenever nothing else can. */
  readonly clock: Clock
  /** A new process over `store`. */
  life(store: Store): Life
  /** Lets time pass until `done` settles. Rejects when nothing can happen any more, or after `limitMs` of the world's time. */
  until<T>(done: PromiseLike<T>, limitMs?: number): Promise<T>
  /** Lets this much time pass. */
  pass(ms: number): Promise<void>
}

export interface Life {
  readonly clock: Clock
  /** The store as this process sees it: a dead process gets no answers and makes no difference. */
  readonly store: Store
  readonly dead: boolean
  kill(): void
  /** Called with each batch before it is made: `before` and `after` kill the process around the commit, `lost` loses only its answer. */
  plan: (writes: readonly Write[]) => 'live' | 'before' | 'after' | 'lost'
}

const HOUR = 3_600_000

/** @param start the world's first millisecond */
export function createTimeline(start = 1_000_000): World {
  let now = start
  let order = 0
  const timers = new Set<Waiting>()

  function clockOf(alive: () => boolean): Clock {
    return {
      now: () => now,
      monotonic: () => now,
      after(ms, run): Timer {
        const waiting = { at: now + Math.max(0, ms), order: order++, run: () => (alive() ? run() : undefined) }
        timers.add(waiting)
        return { cancel: () => void timers.delete(waiting) }
      },
    }
  }

  function first(): Waiting | undefined {
    let least: Waiting | undefined
    for (const each of timers) if (least === undefined || each.at < least.at || (each.at === least.at && each.order < least.order)) least = each
    return least
  }

  async function until<T>(done: PromiseLike<T>, limitMs = HOUR): Promise<T> {
    let settled = false
    const note = (): void => void (settled = true)
    done.then(note, note)
    const end = now + limitMs
    for (;;) {
      await turn()
      if (settled) return done
      const timer = first()
      if (timer === undefined) throw new Error('nothing can happen any more, and what was waited for has not')
      if (timer.at > end) throw new Error(`${limitMs} ms have passed, and what was waited for has not happened`)
      timers.delete(timer)
      now = timer.at
      timer.run()
    }
  }

  return {
    clock: clockOf(() => true),
    life: (store) => createLife(store, clockOf),
    until,
    pass(ms) {
      const over = Promise.withResolvers<void>()
      clockOf(() => true).after(ms, () => over.resolve())
      return until(over.promise, ms + 1)
    },
  }
}

const NEVER = new Promise<never>(() => {})

function createLife(inner: Store, clockOf: (alive: () => boolean) => Clock): Life {
  let dead = false
  const gate = <A extends unknown[], R>(call: (...args: A) => R) => (...args: A): R => (dead ? NEVER as R : call(...args))
  const life: Life & { dead: boolean } = {
    clock: clockOf(() => !dead),
    get dead() {
      return dead
    },
    kill: () => void (dead = true),
    plan: () => 'live',
    store: {
      ...inner,
      commit: gate((writes: readonly Write[]): ReturnType<Store['commit']> => {
        const fate = life.plan(writes)
        if (fate === 'before') dead = true
        if (dead) return NEVER
        const answer: unknown = inner.commit(writes)
        if (fate === 'live') return answer as readonly Written[]
        if (fate === 'lost') return Promise.reject(new Error('the answer was lost'))
        dead = true
        return NEVER
      }),
      take: gate((options) => inner.take(options)),
      beat: gate((...args) => inner.beat(...args)),
      mail: gate((owner) => inner.mail(owner)),
      post: gate((...args) => inner.post(...args)),
      read: gate((id) => inner.read(id)),
      list: gate((query) => inner.list(query)),
      owners: gate(() => inner.owners()),
      ...(inner.outbox === undefined ? {} : { outbox: gate(inner.outbox.bind(inner)) }),
      ...(inner.sent === undefined ? {} : { sent: gate(inner.sent.bind(inner)) }),
    },
  }
  return life
}

/** Everything that is ready runs first: promises are drained before the event loop turns. */
function turn(): Promise<void> {
  return new Promise(afterTurn)
}
