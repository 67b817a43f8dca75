import { systemClock, systemRandom } from '../ground/clock.ts'
import type { Clock, Random } from '../ground/clock.ts'
import { count, duration, read, share, typed } from '../ground/options.ts'
import type { Judge } from '../ground/types.ts'
import type { Discovery } from './discovery.ts'

export interface BalancerOptions<H> {
  /** The hosts, at least one; or where to hear of them. */
  readonly hosts: readonly H[] | Discovery<H>
  /** What tells hosts apart, also from one list to the next. Default `String(host)`. */
  readonly id?: (host: H) => string
  /** So many failures in a row eject a host: 1 or more. Default 5. */
  readonly failures?: number
  /** How long the first ejection lasts, milliseconds; the second twice as long, and so on. Default 30 000. */
  readonly ejectMs?: number
  /** No ejection lasts longer, milliseconds. Default 300 000. */
  readonly maxEjectMs?: number
  /** The share of hosts that may be ejected at once, though always at least one: 0 to 1. Default 0.1. */
  readonly maxEjected?: number
  /** With a smaller share of hosts left than this, ejections are ignored: 0 to 1. Default 0.5. */
  readonly panic?: number
  /** How often success rates are compared, milliseconds. Default 10 000. */
  readonly intervalMs?: number
  /** Compare only with so many hosts … 1 or more, default 5. */
  readonly minHosts?: number
  /** … that had so many calls each since the last time. 1 or more, default 100. */
  readonly minCalls?: number
  /** How long latencies are remembered, milliseconds. Default 10 000. */
  readonly tauMs?: number
  /** A host that is new or back takes its full part only after this time, milliseconds; 0 for at once. Default 10 000. */
  readonly slowStartMs?: number
  readonly judge?: Judge
  readonly clock?: Pick<Clock, 'now' | 'monotonic'>
  readonly random?: Random
}

export type BalancerSettings<H> = Required<Omit<BalancerOptions<H>, 'judge' | 'hosts'>> & { readonly judge: Judge | undefined }

export function balancerSettings<H>(options: BalancerOptions<H>): BalancerSettings<H> & { readonly hosts: readonly H[] | Discovery<H> } {
  const { hosts, ...settings } = read('createBalancer', options, {
    hosts: typed<readonly H[] | Discovery<H> | undefined>(undefined, 'object'),
    id: typed<(host: H) => string>(String, 'function'),
    failures: count(5),
    ejectMs: duration(30_000, 1),
    maxEjectMs: duration(300_000, 1),
    maxEjected: share(0.1),
    panic: share(0.5),
    intervalMs: duration(10_000, 1),
    minHosts: count(5),
    minCalls: count(100),
    tauMs: duration(10_000, 1),
    slowStartMs: duration(10_000),
    judge: typed<Judge | undefined>(undefined, 'function'),
    clock: typed<Pick<Clock, 'now' | 'monotonic'>>(systemClock, 'object'),
    random: typed<Random>(systemRandom, 'function'),
  })
  if (hosts === undefined || (Array.isArray(hosts) && hosts.length === 0)) {
    throw new RangeError('createBalancer: needs at least one host, or a discovery that brings some')
  }
  if (!Array.isArray(hosts) && typeof (hosts as Discovery<H>).watch !== 'function') {
    throw new TypeError('createBalancer: hosts must be a list, or a discovery with a watch method')
  }
  return { hosts, ...settings }
}
