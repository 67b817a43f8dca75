import type { Breaker } from '../breaker.ts'
import { reset, trip } from '../by-hand.ts'
import { quorumOf } from '../core/quorum.ts'
import type { BreakerEvent } from '../events.ts'
import { systemClock, systemRandom } from '../ground/clock.ts'
import type { Clock, Random, Timer } from '../ground/clock.ts'
import { SHARED_INTERVAL_MS, SHARED_LEASE_MS, SHARED_QUORUM, SMALLEST_SHARE } from '../ground/defaults.ts'
import { between, duration, read, typed } from '../ground/options.ts'
import { listen, tell } from '../listeners.ts'
import type { Handle, Listeners } from '../listeners.ts'
import type { VerdictReport, VerdictStore, VerdictView } from './store.ts'

export interface ShareOptions {
  readonly store: VerdictStore
  /** This process among the others. Default: chosen by chance. */
  readonly node?: string
  /** The share of nodes that must have opened by themselves before the others follow: above 0, at most 1. Default 0.5, and at least two. */
  readonly quorum?: number
  /** How often this node looks in, milliseconds, 10 or more, up to a tenth sooner or later by chance. Default 500. */
  readonly intervalMs?: number
  /** How long the leave to probe lasts when its holder makes no call, milliseconds. Default 5000. */
  readonly leaseMs?: number
  readonly clock?: Pick<Clock, 'monotonic' | 'after'>
  readonly random?: Random
}

/** What `onEvent` of a shared breaker tells. */
export type SharedEvent =
  | { readonly type: 'followed'; readonly votes: number; readonly nodes: number }
  | { readonly type: 'leads' }
  | { readonly type: 'healed'; /** By this node's own probe, or heard from another. */ readonly here: boolean }
  | { readonly type: 'unreachable'; readonly error: unknown }

export interface Shared extends Disposable {
  readonly node: string
  /** What the store said last; undefined before it has, and when it cannot be reached. */
  readonly view: VerdictView | undefined
  /** Looks in now, and does not wait for the next turn. Never rejects. */
  exchange(): Promise<void>
  onEvent(listener: (event: SharedEvent) => void): Handle
}

/** A hold lasts this many intervals, and so does a report: both survive two lost exchanges, and no more. */
const STANDS = 3

/**
 * Lets the breakers of a fleet learn from each other. The breaker goes on to decide alone and at once; beside the calls, never within
 * one, this looks in at a store from time to time:
 *
 * - a quorum of nodes that opened by themselves opens the others, so one node with a broken network poisons nobody;
 * - while a quorum is open, one node at a time may probe, and the others hold; its success closes all, its failure keeps all waiting;
 * - what the store does not confirm ends by itself after three intervals. A dead store changes nothing but that each is on its own.
 *
 * Dispose of it to stop looking in.
 *
 * @throws TypeError or RangeError for options that are unknown or out of range
 */
export function share(breaker: Breaker, options: ShareOptions): Shared {
  return new SharedBreaker(breaker, options)
}

class SharedBreaker implements Shared {
  readonly node: string
  view: VerdictView | undefined
  readonly #breaker: Breaker
  readonly #store: VerdictStore
  readonly #quorum: number
  readonly #intervalMs: number
  readonly #leaseMs: number
  readonly #clock: Pick<Clock, 'monotonic' | 'after'>
  readonly #random: Random
  readonly #listeners = new Set() as Listeners<SharedEvent>
  readonly #watching: Handle
  #timer: Timer | undefined
  #exchanging: Promise<void> | undefined
  #disposed = false
  /** The last exchange was answered; it is told once when that ends. */
  #reachable = true
  /** Open by this node's own judgement, until `#waitsUntil`. */
  #own = false
  #waitsUntil = 0
  /** The probe that was sent for the fleet went well, and the store has not heard of it. */
  #healed = false
  #leads = false
  /** Calls were refused since the last exchange. */
  #wanted = false
  /** The changes of state that follow are this object's own doing. */
  #acting = false

  constructor(breaker: Breaker, options: ShareOptions) {
    const settings = read('share', options, {
      store: typed<VerdictStore | undefined>(undefined, 'object'),
      node: typed<string | undefined>(undefined, 'string'),
      quorum: between(SHARED_QUORUM, SMALLEST_SHARE, 1),
      intervalMs: duration(SHARED_INTERVAL_MS, 10),
      leaseMs: duration(SHARED_LEASE_MS, 1),
      clock: typed<Pick<Clock, 'monotonic' | 'after'>>(systemClock, 'object'),
      random: typed<Random>(systemRandom, 'function'),
    })
    if (typeof settings.store?.exchange !== 'function') throw new TypeError('share: store must have an exchange method; see redisStore and memoryStore')
    this.#breaker = breaker
    this.#store = settings.store
    this.#quorum = settings.quorum
    this.#intervalMs = settings.intervalMs
    this.#leaseMs = settings.leaseMs
    this.#clock = settings.clock
    this.#random = settings.random
    this.node = settings.node ?? settings.random().toString(36).slice(2)
    this.#watching = breaker.onEvent((event) => this.#hear(event))
    this.#plan()
  }

  onEvent(listener: (event: SharedEvent) => void): Handle {
    return listen(this.#listeners, listener)
  }

  /** One at a time: a store that hangs must not collect a queue of questions. */
  exchange(): Promise<void> {
    return (this.#exchanging ??= this.#ask().finally(() => {
      this.#exchanging = undefined
    }))
  }

  [Symbol.dispose](): void {
    this.#disposed = true
    this.#timer?.cancel()
    this.#watching[Symbol.dispose]()
    this.#listeners.clear()
  }

  #plan(): void {
    const jittered = this.#intervalMs * (0.9 + 0.2 * this.#random())
    this.#timer = this.#clock.after(jittered, () => {
      void this.exchange()
      this.#plan()
    })
  }

  #hear(event: BreakerEvent): void {
    if (event.type === 'refused') this.#wanted = true
    if (event.type !== 'transition' || this.#acting) return
    if (event.to === 'open') {
      this.#own = true
      this.#healed = false
      this.#waitsUntil = this.#clock.monotonic() + event.retryAfterMs
    } else if (event.to === 'closed') {
      this.#healed = this.#isFleetOpen()
      this.#own = false
    } else return
    void this.exchange()
  }

  async #ask(): Promise<void> {
    const now = this.#clock.monotonic()
    const report: VerdictReport = {
      name: this.#breaker.name,
      node: this.node,
      verdict: this.#healed ? 'healed' : this.#own ? 'open' : 'closed',
      waitMs: this.#own ? Math.max(0, this.#waitsUntil - now) : 0,
      wantsProbe: this.#wanted && this.#breaker.state === 'open',
      leaseMs: this.#leaseMs,
      ttlMs: this.#intervalMs * STANDS,
    }
    this.#wanted = false
    try {
      const view = await this.#store.exchange(report)
      // An answer that was long under way tells of a fleet that is no more.
      const stale = this.#clock.monotonic() - now > report.ttlMs
      this.#reachable = true
      if (!this.#disposed) this.#heed(report, stale ? undefined : view)
    } catch (error) {
      if (!this.#disposed) this.#heed(report, undefined)
      if (this.#reachable) tell(this.#listeners, { type: 'unreachable', error })
      this.#reachable = false
    }
  }

  #heed(report: VerdictReport, view: VerdictView | undefined): void {
    const before = this.view
    this.view = view
    const led = this.#leads
    this.#leads = view?.leads ?? false
    if (view === undefined) return
    if (report.verdict === 'healed') {
      this.#healed = false
      tell(this.#listeners, { type: 'healed', here: true })
      return
    }
    if (before !== undefined && view.healings > before.healings) {
      this.#own = false
      this.#act(() => reset(this.#breaker))
      tell(this.#listeners, { type: 'healed', here: false })
      return
    }
    if (!this.#isFleetOpen()) return
    const { state, retryAfterMs } = this.#breaker
    const holdMs = this.#intervalMs * STANDS
    if (state === 'closed') {
      this.#act(() => trip(this.#breaker, `${view.votes} of ${view.nodes} nodes have opened`, Math.max(holdMs, view.waitMs)))
      tell(this.#listeners, { type: 'followed', votes: view.votes, nodes: view.nodes })
    } else if (state === 'open' && this.#leads) {
      if (led) return
      this.#act(() => trip(this.#breaker, 'leads the probe', 0))
      tell(this.#listeners, { type: 'leads' })
    } else if (state === 'open' && retryAfterMs < holdMs) {
      this.#act(() => trip(this.#breaker, 'another node probes', holdMs))
    }
  }

  #isFleetOpen(): boolean {
    return this.view !== undefined && this.view.votes >= quorumOf(this.view.nodes, this.#quorum)
  }

  #act(act: () => void): void {
    this.#acting = true
    act()
    this.#acting = false
  }
}
