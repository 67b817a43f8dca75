/** One loop that keeps what this engine holds, hears what was said to it, and takes what nobody holds. A hint makes it look at once; the poll is what it can rely on. */
import type { Mail } from './ground/log.ts'
import type { Held, Loaded, Store } from './ground/store.ts'
import type { Clock, Maybe, Timer } from './ground/types.ts'

export interface KeeperEnv {
  readonly store: Store
  readonly clock: Clock
  readonly owner: string
  readonly leaseMs: number
  readonly pollMs: number
  readonly names: readonly string[]
  held(): readonly Held[]
  /** How many more sagas there is room for. */
  room(): number
  /** Leases that lasted at this monotonic time; `lost` are those that did not. */
  kept(at: number, held: readonly Held[], lost: readonly string[]): void
  mail(mail: readonly Mail[]): void
  /** Taken at this monotonic time or later. */
  taken(at: number, sagas: readonly Loaded[]): void
  /** The store's time in ms, asked for at this monotonic time. */
  told(now: number, askedAt: number): void
  /** Gives up on an answer that does not come. */
  within<T>(answer: Maybe<T>): Promise<T>
  /** Looks for results that somebody waits for and no saga here will bring. */
  look(): Promise<void>
  isGone(owner: string): boolean
  failed(error: unknown): void
}

export interface Keeper {
  /** Takes what may be taken, also from lives known to have ended. */
  recover(): Promise<void>
  /** Something may have changed: look soon. */
  hint(): void
  stop(): Promise<void>
}

export function createKeeper(env: KeeperEnv): Keeper {
  const { store, clock, owner, leaseMs, pollMs } = env
  let timer: Timer | undefined
  let turning: Promise<void> | undefined
  let hinted = false
  let stopped = false
  let beatenAt = clock.monotonic()
  let nextMs = pollMs

  async function beat(): Promise<void> {
    const at = clock.monotonic()
    const held = env.held()
    beatenAt = at
    if (held.length > 0) env.kept(at, held, await env.within(store.beat(owner, held, leaseMs)))
  }

  async function take(gone: readonly string[]): Promise<void> {
    const at = clock.monotonic()
    const limit = env.room()
    if (limit <= 0) return
    const answer = await env.within(store.take({ names: env.names, owner, leaseMs, limit, ...(gone.length > 0 ? { gone } : {}) }))
    env.told(answer.now, at)
    nextMs = Math.min(pollMs, answer.nextMs ?? pollMs)
    env.taken(at, answer.sagas)
  }

  async function turn(gone: boolean): Promise<void> {
    hinted = false
    nextMs = pollMs
    try {
      if (clock.monotonic() - beatenAt >= leaseMs / 3) await beat()
      if (env.held().length > 0) env.mail(await env.within(store.mail(owner)))
      await take(gone ? (await env.within(store.owners())).filter((other) => other !== owner && env.isGone(other)) : [])
      await env.within(env.look())
    } catch (error) {
      env.failed(error)
    }
  }

  function go(gone = false): Promise<void> {
    timer?.cancel()
    timer = undefined
    const mine: Promise<void> = (turning ?? Promise.resolve()).then(() => (stopped ? undefined : turn(gone))).then(() => {
      if (turning !== mine) return
      turning = undefined
      if (stopped) return
      if (hinted) void go()
      else timer = clock.after(Math.max(1, Math.min(nextMs, leaseMs / 3 - (clock.monotonic() - beatenAt))), () => void go())
    })
    turning = mine
    return mine
  }

  return {
    recover: () => go(true),
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
