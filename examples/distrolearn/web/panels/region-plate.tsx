// A region as it describes itself: alive or not, its clock, its buckets, and its guarded ways to the other regions.

import type { VNode } from 'preact'
import type { RegionView } from '../../src/board/regions.ts'
import { homeRegion, regionNames } from '../../src/ground/regions.ts'
import type { RegionStatus } from '../../src/telemetry/events.ts'
import { breakers } from '../store.ts'
import { plural, titles, whole } from '../words.ts'
import { BreakerRing } from './breaker-ring.tsx'
import { ClockDial } from './clock-dial.tsx'
import { peerBreakers } from './provider.tsx'

const states = { unknown: '◌ not seen yet', starting: '◌ starting', up: '● up', killed: '✕ killed', down: '○ down' } as const

type Bucket = RegionStatus['buckets'][number]

const BucketGauge = ({ name, remaining, limit }: Bucket): VNode => {
  const share = limit > 0 ? Math.min(1, Math.max(0, remaining / limit)) : 0
  const level = share <= 0.02 ? 'empty' : share < 0.25 ? 'low' : 'full'
  return (
    <li
      class={`bucket ${level}`}
      role="meter"
      aria-label={`bucket ${name}: ${whole(remaining)} of ${whole(limit)} tokens left`}
      aria-valuenow={remaining}
      aria-valuemin={0}
      aria-valuemax={limit}
    >
      <span class="name">{name}</span>
      <span class="trough">
        <span class="water" style={{ transform: `scaleX(${share.toFixed(3)})` }} />
      </span>
      <span class="figure">{level === 'empty' ? 'empty' : whole(remaining)}</span>
    </li>
  )
}

const peerName = (breaker: string): string => regionNames.find((name) => breaker.includes(name)) ?? breaker

const Peers = ({ region }: { readonly region: string }): VNode | null => {
  const guarded = peerBreakers(breakers.value, region)
  if (guarded.length === 0) return null
  return (
    <ul class="peers" aria-label="breakers on the ways to other regions">
      <li aria-hidden="true">to</li>
      {guarded.slice(0, 4).map((breaker) => (
        <li key={breaker.name}>
          <BreakerRing breaker={breaker} size={18} />
          <span>{titles[peerName(breaker.name) as keyof typeof titles] ?? breaker.name}</span>
        </li>
      ))}
    </ul>
  )
}

export const RegionPlate = ({ view }: { readonly view: RegionView }): VNode => {
  const { name, state, life, status } = view
  return (
    <div class={`plate ${state}`} data-plate={name} data-life={life}>
      <header>
        <h3 id={`${name}-title`}>
          {titles[name]}
          {name === homeRegion && <small class="home">home</small>}
        </h3>
        <p class="state">
          {states[state]}
          {life > 1 && <span class="life"> · {plural(life - 1, 'restart')}</span>}
        </p>
      </header>
      {status === undefined ? (
        <p class="quiet">waiting for its first word</p>
      ) : (
        <div class="instruments">
          <ClockDial view={view} />
          <div class="gauges">
            <ul class="buckets" aria-label="token buckets: what may still be asked for now">
              {status.buckets.slice(0, 3).map((bucket) => (
                <BucketGauge key={bucket.name} {...bucket} />
              ))}
            </ul>
            <Peers region={name} />
          </div>
        </div>
      )}
    </div>
  )
}
