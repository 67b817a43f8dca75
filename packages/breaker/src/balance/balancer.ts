import type { Breaker } from '../breaker.ts'
import { begin } from '../context.ts'
import { outlierThreshold, successRate } from '../core/outliers.ts'
import type { BreakerState } from '../events.ts'
import { explain } from '../explain.ts'
import { NoHostError } from '../ground/errors.ts'
import type { Context, RunOptions } from '../ground/types.ts'
import { listen, report, tell } from '../listeners.ts'
import type { Handle, Listeners } from '../listeners.ts'
import { outcomeOf, surface, verdictOf } from '../outcome.ts'
import type { Permit } from '../permit.ts'
import type { Discovery } from './discovery.ts'
import { Host } from './host.ts'
import { balancerSettings } from './settings.ts'
import type { BalancerOptions, BalancerSettings } from './settings.ts'

/** What `onEvent` of a balancer tells. */
export type BalancerEvent =
  | { readonly type: 'ejected'; readonly host: string; readonly reason: string; readonly forMs: number }
  | { readonly type: 'restored'; readonly host: string }
  | { readonly type: 'hosts'; readonly added: readonly string[]; readonly removed: readonly string[] }

/** One host, as a dashboard wants to see it. */
export interface HostView<H> {
  readonly host: H
  readonly id: string
  /** `closed` takes calls, `open` is ejected, `half-open` is being probed. */
  readonly state: BreakerState
  readonly active: number
  /** Milliseconds until an ejected host gets a probe. */
  readonly retryAfterMs: number
}

export interface Balancer<H> extends Disposable {
  /** Runs the call on the host that seems cheapest of two. */
  run<T>(call: (host: H, context: Context) => T | PromiseLike<T>, options?: RunOptions): Promise<T>
  /** Takes a new list. Hosts that stay keep what is known of them; calls that run on others run on. An empty list refuses all calls. */
  update(hosts: readonly H[]): void
  readonly hosts: readonly HostView<H>[]
  onEvent(listener: (event: BalancerEvent) => void): Handle
}

/**
 * Spreads calls over several hosts. Of two chosen by chance the cheaper takes the call (Mitzenmacher's "power of two choices"), by its
 * latency times the calls that run on it (Finagle's Peak EWMA). Hosts that fail are ejected for a while, though never too many of them
 * (Envoy's outlier detection, on a breaker for each host: an ejected one comes back through a single probe). No timers.
 *
 * @throws TypeError or RangeError for options that are unknown or out of range, and for an empty list of hosts
 */
export function createBalancer<H>(options: BalancerOptions<H>): Balancer<H> {
  const { hosts, ...settings } = balancerSettings(options)
  const balancer = new PeakBalancer(settings)
  if (Array.isArray(hosts)) balancer.update(hosts as readonly H[])
  else balancer.follow(hosts as Discovery<H>)
  return balancer
}

class PeakBalancer<H> implements Balancer<H> {
  readonly #settings: BalancerSettings<H>
  readonly #listeners = new Set() as Listeners<BalancerEvent>
  #hosts: Host<H>[] = []
  /** Those of `#hosts` that are not ejected. Worked out anew whenever one changes. */
  #available: Host<H>[] = []
  #watching: Handle | undefined
  #comparedAt: number
  /** Peak EWMA over all hosts: what is assumed of a host that nothing is known of. */
  #typicalMs = 0
  #heardAt = 0

  constructor(settings: BalancerSettings<H>) {
    this.#settings = settings
    this.#comparedAt = settings.clock.monotonic()
  }

  get hosts(): readonly HostView<H>[] {
    return this.#hosts.map(({ host, id, active, breaker: { state, retryAfterMs } }) => ({ host, id, state, active, retryAfterMs }))
  }

  onEvent(listener: (event: BalancerEvent) => void): Handle {
    return listen(this.#listeners, listener)
  }

  follow(discovery: Discovery<H>): void {
    this.#watching = discovery.watch((hosts) => {
      try {
        this.update(hosts)
      } catch (error) {
        report(error)
      }
    })
  }

  [Symbol.dispose](): void {
    this.#watching?.[Symbol.dispose]()
    this.#listeners.clear()
  }

  update(hosts: readonly H[]): void {
    const { id, clock, slowStartMs } = this.#settings
    const known = new Map(this.#hosts.map((host) => [host.id, host]))
    // The first list is the world as it is; only who joins later has to warm up.
    const welcomedAt = known.size === 0 ? clock.monotonic() - slowStartMs : clock.monotonic()
    const next = new Map<string, Host<H>>()
    for (const host of hosts) {
      const name = id(host)
      if (next.has(name)) throw new TypeError(`update: two hosts are called "${name}"; give each an id of its own`)
      next.set(name, known.get(name) ?? new Host(host, name, this.#settings, welcomedAt, () => this.#mayEject()))
    }
    this.#hosts = [...next.values()]
    this.#sort()
    const added = [...next.keys()].filter((name) => !known.has(name))
    const removed = [...known.keys()].filter((name) => !next.has(name))
    if (added.length + removed.length > 0) tell(this.#listeners, { type: 'hosts', added, removed })
  }

  async run<T>(call: (host: H, context: Context) => T | PromiseLike<T>, options?: RunOptions): Promise<T> {
    const { clock, judge } = this.#settings
    const context = begin(call, options)
    const started = clock.monotonic()
    const [host, permit] = this.#pick(started)
    host.active++
    const outcome = await outcomeOf((context) => call(host.host, context), context)
    host.active--
    const verdict = verdictOf(judge, outcome, context.source)
    const now = clock.monotonic()
    if (verdict !== 'ignore') this.#heard(host, verdict === 'fail', now - started, now)
    const before = host.breaker.state
    permit?.[verdict](outcome.ok ? undefined : outcome.error)
    if (host.breaker.state !== before) this.#changed(host, now)
    return surface(outcome)
  }

  /** A host, with the permit of its breaker unless the whole group is so ill that breakers are ignored. */
  #pick(now: number): readonly [Host<H>, Permit | undefined] {
    const due = this.#available.length < this.#hosts.length ? this.#hosts.find(({ breaker }) => isDue(breaker)) : undefined
    if (due !== undefined) {
      try {
        return [due, due.breaker.enter()]
      } catch {
        // Its one probe is out already.
      }
    }
    const panics = this.#available.length < this.#settings.panic * this.#hosts.length
    const host = this.#cheaperOfTwo(panics || this.#available.length === 0 ? this.#hosts : this.#available, now)
    return [host, host.available ? host.breaker.enter() : undefined]
  }

  #cheaperOfTwo(from: readonly Host<H>[], now: number): Host<H> {
    const { random } = this.#settings
    const one = Math.floor(random() * from.length)
    const first = from[one]
    if (first === undefined) throw new NoHostError()
    // Any of the others, each as likely.
    const second = from[(one + 1 + Math.floor(random() * (from.length - 1))) % from.length] as Host<H>
    const [cheap, dear] = first.cost(now, this.#typicalMs) <= second.cost(now, this.#typicalMs) ? [first, second] : [second, first]
    const share = cheap.share(now)
    return share < 1 && random() >= share ? dear : cheap
  }

  #heard(host: Host<H>, failed: boolean, durationMs: number, now: number): void {
    const { tauMs, intervalMs } = this.#settings
    host.heard(failed, durationMs, now, this.#typicalMs)
    if (!failed) {
      // An ordinary average here: one slow host must not make slowness typical.
      const weight = this.#typicalMs === 0 ? 0 : Math.exp(-Math.max(now - this.#heardAt, tauMs / 100) / tauMs)
      this.#typicalMs = durationMs + (this.#typicalMs - durationMs) * weight
      this.#heardAt = now
    }
    if (now - this.#comparedAt >= intervalMs) this.#compare(now)
  }

  #compare(now: number): void {
    const { minHosts, minCalls } = this.#settings
    const threshold = outlierThreshold(this.#hosts, minHosts, minCalls)
    for (const host of this.#hosts) {
      host.outlier = host.calls >= minCalls && successRate(host) < threshold
      host.calls = host.failures = 0
    }
    this.#comparedAt = now
  }

  #mayEject(): boolean {
    const most = Math.max(1, Math.floor(this.#settings.maxEjected * this.#hosts.length))
    return this.#hosts.length - this.#available.length < most
  }

  #changed(host: Host<H>, now: number): void {
    this.#sort()
    const { state, retryAfterMs } = host.breaker
    if (state === 'open') tell(this.#listeners, { type: 'ejected', host: host.id, reason: explain(host.breaker).reason, forMs: retryAfterMs })
    if (state !== 'closed') return
    host.welcome(now)
    tell(this.#listeners, { type: 'restored', host: host.id })
  }

  #sort(): void {
    this.#available = this.#hosts.filter((host) => host.available)
  }
}

const isDue = ({ state, retryAfterMs }: Breaker): boolean => (state === 'open' && retryAfterMs === 0) || state === 'half-open'
