// A dependency outside, with the breaker that guards the way to it and that breaker's last half minute.

import type { VNode } from 'preact'
import type { Breakers, BreakerView } from '../../src/board/breakers.ts'
import { faultOn } from '../../src/board/faults.ts'
import { regionNames } from '../../src/ground/regions.ts'
import { faults, nowMs } from '../store.ts'
import { titles } from '../words.ts'
import { BreakerRing, explain, readBreaker } from './breaker-ring.tsx'

export interface ProviderRings {
  readonly name: string
  readonly breakers: readonly BreakerView[]
}

const guardsRegion = (name: string): boolean => regionNames.some((region) => name.includes(region))

/** The learner waits for a payment, nobody waits for a notification. */
const weight = (name: string): number => Number(name.startsWith('payment'))

/** Breakers that guard something outside, by what they guard; those between regions sit on the plates. */
export const providersOf = (breakers: Breakers): readonly ProviderRings[] => {
  const outside = breakers.filter(({ name }) => !guardsRegion(name))
  const names = [...new Set(outside.map(({ name }) => name))].toSorted((a, b) => weight(b) - weight(a))
  return names.map((name) => ({ name, breakers: outside.filter((one) => one.name === name) }))
}

export const peerBreakers = (breakers: Breakers, region: string): readonly BreakerView[] =>
  breakers.filter((one) => one.region === region && guardsRegion(one.name))

const ribbonMs = 30_000

const Ribbon = ({ breaker }: { readonly breaker: BreakerView }): VNode => {
  const now = nowMs.value
  const from = now - ribbonMs
  const x = (atMs: number): number => (Math.max(0, atMs - from) / ribbonMs) * 100
  return (
    <svg class="ribbon" viewBox="0 0 100 4" preserveAspectRatio="none" aria-hidden="true">
      {breaker.turns.map((turn, index) => {
        const untilMs = breaker.turns[index + 1]?.atMs ?? now
        if (untilMs < from) return null
        return (
          <rect
            key={turn.atMs}
            x={x(turn.atMs)}
            y={turn.state === 'closed' ? 1.5 : 0}
            width={Math.max(0.6, x(untilMs) - x(turn.atMs))}
            height={turn.state === 'closed' ? 1 : 4}
            class={turn.state}
          />
        )
      })}
    </svg>
  )
}

const callersOf = (rings: readonly BreakerView[]): string => rings.map(({ region }) => titles[region]).join(', ')

export const Provider = ({
  name,
  rings,
  place,
}: {
  readonly name: string
  readonly rings: readonly BreakerView[]
  readonly place: number
}): VNode => {
  const [first] = rings
  const down = faultOn(faults.value, `${name.replace(/s$/, '')}-down`) ?? faultOn(faults.value, `${name}-down`)
  const shown = first === undefined ? undefined : readBreaker(first)
  return (
    <article
      class={`provider place-${place}`}
      data-provider={name}
      data-down={down !== undefined}
      aria-label={`${name}, an outside provider, called by ${callersOf(rings)}`}
    >
      {rings.slice(0, 3).map((breaker) => (
        <BreakerRing key={breaker.region} breaker={breaker} size={42} />
      ))}
      <div>
        <h3>{name}</h3>
        <p class={`state ${shown?.state ?? ''}`}>{shown === undefined ? '' : explain(shown.state, shown.leftMs)}</p>
      </div>
      {down !== undefined && <p class="flag bad">not answering</p>}
      {first !== undefined && <Ribbon breaker={first} />}
    </article>
  )
}
