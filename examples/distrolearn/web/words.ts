// How the page writes names, times and amounts.

import type { RegionName } from '../src/ground/regions.ts'
import type { Speaker } from '../src/telemetry/events.ts'

export const titles: Readonly<Record<Speaker, string>> = { dublin: 'Dublin', virginia: 'Virginia', singapore: 'Singapore', world: 'World' }

/** West to east, as on a map: home is in the middle. */
export const westToEast: readonly RegionName[] = ['virginia', 'dublin', 'singapore']

export const short = (name: string): string => name.slice(0, 3)

/** `840 ms`, `3.2 s`, `2 min`. */
export const duration = (ms: number): string => {
  if (ms < 9.95) return `${ms.toFixed(1)} ms`
  if (ms < 999.5) return `${Math.round(ms)} ms`
  if (ms < 99_950) return `${(ms / 1000).toFixed(1)} s`
  return `${Math.round(ms / 60_000)} min`
}

export const seconds = (ms: number): string => `${(Math.max(0, ms) / 1000).toFixed(1)} s`

export const signedSeconds = (ms: number): string => `${ms < 0 ? '−' : '+'}${(Math.abs(ms) / 1000).toFixed(ms % 1000 === 0 ? 0 : 1)} s`

const grouped = new Intl.NumberFormat('en')
/** `12,345` */
export const whole = (value: number): string => grouped.format(Math.round(value))

export const plural = (count: number, one: string, many = `${one}s`): string => `${whole(count)} ${count === 1 ? one : many}`
