// Promise: a peer's stamp is heard in full or refused; one that lies past the time saved ahead waits for the disk, a moment.

import { compare, decode, DriftError } from '@distrokit/hlc'
import { StoreError, type DurableClock } from '@distrokit/hlc/durable'
import type { RegionName } from '../ground/regions.ts'
import type { Emit } from '../telemetry/events.ts'
import type { Metrics } from '../telemetry/metrics.ts'

const maxTries = 3

export interface Hearing {
  /** Moves our clock past the stamp. The error, as a value, for a stamp from too far ahead: then nothing moved. */
  hear(from: RegionName, stamp: string): Promise<DriftError | undefined>
}

export interface HearingOptions {
  readonly region: RegionName
  readonly hybridClock: DurableClock
  readonly metrics: Metrics
  readonly emit: Emit
}

export function createHearing({ region, hybridClock, metrics, emit }: HearingOptions): Hearing {
  const receive = async (text: string) => {
    const remote = decode(text)
    for (let tries = 1; ; tries += 1) {
      try {
        return { remote, own: hybridClock.tryReceive(remote) }
      } catch (error) {
        if (!(error instanceof StoreError) || tries === maxTries) throw error
        await hybridClock.ready()
      }
    }
  }
  return {
    async hear(from, text) {
      const { remote, own } = await receive(text)
      if (own instanceof DriftError) {
        emit({ type: 'refused', what: 'drift', detail: `${from} is ${Math.round(own.offsetMs)} ms ahead of ${region}` })
        return own
      }
      // Counted by comparison, not trusted: what answers must be stamped after what it answers.
      if (compare(own, remote) <= 0) metrics.count('distrolearn_causality_violations_total')
      return undefined
    },
  }
}
