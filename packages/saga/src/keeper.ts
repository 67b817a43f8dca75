/** One loop that keeps what this engine holds, hears what was said to it, and takes what nobody holds. A hint makes it look at once; the poll is what it can rely on. */
import type { Mail } from './ground/log.ts'
import type { Held, Loaded } from './ground/store.ts'
import type { House } from './house.ts'
import { createLoop, type Loop } from './loop.ts'

export interface KeeperEnv {
  readonly names: readonly string[]
  held(): readonly Held[]
  /** How many more sagas there is room for. */
  room(): number
  /** Leases that lasted at this monotonic time; `lost` are those that did not. */
  kept(at: number, held: readonly Held[], lost: readonly string[]): void
  mail(mail: readonly Mail[]): void
  /** Taken at this monotonic time or later. */
  taken(at: number, sagas: readonly Loaded[]): void
  /** Looks for results that somebody waits for and no saga here will bring. */
  look(): Promise<void>
  isGone(owner: string): boolean
}

/** A turn that is asked for also takes from lives known to have ended. */
export function createKeeper({ store, clock, owner, leaseMs, pollMs, events, storeTime, within }: House, env: KeeperEnv): Loop {
  let beatenAt = clock.monotonic()
  let nextMs = pollMs

  async function beat(): Promise<void> {
    const at = clock.monotonic()
    const held = env.held()
    beatenAt = at
    if (held.length > 0) env.kept(at, held, await within(store.beat(owner, held, leaseMs)))
  }

  async function take(gone: readonly string[]): Promise<void> {
    const at = clock.monotonic()
    const limit = env.room()
    if (limit <= 0) return
    const answer = await within(store.take({ names: env.names, owner, leaseMs, limit, ...(gone.length > 0 ? { gone } : {}) }))
    storeTime.tell(answer.now, at)
    nextMs = Math.min(pollMs, answer.nextMs ?? pollMs)
    env.taken(at, answer.sagas)
  }

  return createLoop(clock, async (asked) => {
    nextMs = pollMs
    try {
      if (clock.monotonic() - beatenAt >= leaseMs / 3) await beat()
      if (env.held().length > 0) env.mail(await within(store.mail(owner)))
      await take(asked ? (await within(store.owners())).filter((other) => other !== owner && env.isGone(other)) : [])
      await within(env.look())
    } catch (error) {
      events.storeFailed(error)
    }
    return Math.max(1, Math.min(nextMs, leaseMs / 3 - (clock.monotonic() - beatenAt)))
  })
}
