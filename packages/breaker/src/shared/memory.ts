import { systemClock } from '../ground/clock.ts'
import type { Clock } from '../ground/clock.ts'
import { read, typed } from '../ground/options.ts'
import type { VerdictReport, VerdictStore, VerdictView } from './store.ts'

interface Fleet {
  readonly expiry: Map<string, number>
  /** Until when each voter wants the target left alone. */
  readonly votes: Map<string, number>
  leader: { readonly node: string; readonly until: number } | undefined
  healings: number
}

/**
 * Verdicts in this process's memory: for several breakers in one process, for simulations, and as the plain statement of what a store
 * does. Grows with the names and nodes that are used, and with nothing else.
 */
export function memoryStore(options?: { readonly clock?: Pick<Clock, 'monotonic'> }): VerdictStore {
  const { clock } = read('memoryStore', options, { clock: typed<Pick<Clock, 'monotonic'>>(systemClock, 'object') })
  const fleets = new Map<string, Fleet>()
  return {
    async exchange(report: VerdictReport): Promise<VerdictView> {
      const now = clock.monotonic()
      const fleet = fleets.get(report.name) ?? { expiry: new Map(), votes: new Map(), leader: undefined, healings: 0 }
      fleets.set(report.name, fleet)
      const { expiry, votes } = fleet
      for (const [node, until] of expiry) {
        if (until > now) continue
        expiry.delete(node)
        votes.delete(node)
      }
      expiry.set(report.node, now + report.ttlMs)
      if (report.verdict === 'open') votes.set(report.node, now + report.waitMs)
      else votes.delete(report.node)
      if (report.verdict === 'healed') {
        votes.clear()
        fleet.leader = undefined
        fleet.healings++
      }
      const waitMs = Math.max(0, ...[...votes.values()].map((until) => until - now))
      if (fleet.leader !== undefined && fleet.leader.until <= now) fleet.leader = undefined
      if (fleet.leader === undefined && report.wantsProbe && waitMs === 0) fleet.leader = { node: report.node, until: now + report.leaseMs }
      return { nodes: expiry.size, votes: votes.size, waitMs, leads: fleet.leader?.node === report.node, healings: fleet.healings }
    },
  }
}
