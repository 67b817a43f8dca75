// Promise: a scenario strikes where it hurts, stays until its effect was seen, and heals what it broke.

import type { RegionName } from '../ground/regions.ts'
import type { DemoEvent } from '../telemetry/events.ts'
import type { Control } from './control.ts'

export const scenarioNames = ['payment-dark', 'cable-cut', 'region-crash', 'clock-drift', 'black-friday'] as const
export type ScenarioName = (typeof scenarioNames)[number]

/** What a scenario may do and see. */
export interface Stage {
  apply(control: Control): Promise<void>
  /** Resolves with true at the first matching event, with false when `withinMs` have passed without one. */
  seen(matches: (event: DemoEvent) => boolean, withinMs: number): Promise<boolean>
  wait(ms: number): Promise<void>
  /** A visitor at that region asks for something that must be exact, so that a fault strikes somebody also when no learner is there. */
  ask(region: RegionName): void
  narrate(text: string): void
}

export interface Scenario {
  readonly name: ScenarioName
  /** Share of the registrations after which it strikes in a replay. */
  readonly at: number
  run(stage: Stage): Promise<void>
}

const refusedStrong = (event: DemoEvent): boolean => event.type === 'refused' && event.what === 'strongUnavailable'
const refusedDrift = (event: DemoEvent): boolean => event.type === 'refused' && event.what === 'drift'
const paymentsOpen = (event: DemoEvent): boolean => event.type === 'breaker' && event.name === 'payments' && event.to === 'open'
/** By then every event from before has arrived. */
const flushMs = 100
const messageUnderWay = (event: DemoEvent): boolean => event.type === 'saga-step' && event.step === 'notify' && event.state === 'running'

const cableEnds: readonly [RegionName, RegionName][] = [['dublin', 'singapore'], ['virginia', 'singapore']]

const scenarios: readonly Scenario[] = [
  {
    name: 'payment-dark',
    at: 0.15,
    async run({ apply, seen, wait, narrate }) {
      narrate('The payment provider goes dark: connections stand, answers stop.')
      const struck = seen(paymentsOpen, 8_000)
      await apply({ action: 'payment-down', on: true })
      await struck
      await wait(2_500)
      await apply({ action: 'payment-down', on: false })
      narrate('The payment provider is back; a probe will find out.')
    },
  },
  {
    name: 'region-crash',
    at: 0.35,
    async run({ apply, seen, wait, narrate }) {
      // An enrolment takes a few milliseconds; one that waits for its message is surely under way.
      await apply({ action: 'notifications-down', on: true })
      await wait(flushMs)
      await seen(messageUnderWay, 4_000)
      narrate('Dublin, the home region, is killed in the middle of an enrolment.')
      await apply({ action: 'kill', region: 'dublin' })
      await apply({ action: 'notifications-down', on: false })
      await wait(1_500)
      narrate('Virginia is killed, too; its replica must come back with every click it acknowledged.')
      await apply({ action: 'kill', region: 'virginia' })
    },
  },
  {
    name: 'cable-cut',
    at: 0.5,
    async run({ apply, seen, wait, narrate, ask }) {
      narrate('The cable to Singapore is cut: it counts clicks on its own and refuses what must be certain.')
      const struck = seen(refusedStrong, 8_000)
      for (const [a, b] of cableEnds) await apply({ action: 'cut', a, b, on: true })
      ask('singapore')
      await struck
      await wait(2_500)
      for (const [a, b] of cableEnds) await apply({ action: 'cut', a, b, on: false })
      narrate('The cable is mended; the replicas tell each other what they missed.')
    },
  },
  {
    name: 'clock-drift',
    at: 0.65,
    async run({ apply, seen, wait, narrate }) {
      narrate("Singapore's clock runs six seconds ahead: its peers refuse its stamps before their own clocks move.")
      const struck = seen(refusedDrift, 8_000)
      await apply({ action: 'skew', region: 'singapore', offsetMs: 6_000 })
      await struck
      await wait(1_500)
      await apply({ action: 'skew', region: 'singapore', offsetMs: 0 })
      narrate("Singapore's clock is set right; its stamps wait until true time has caught up with them.")
    },
  },
  {
    name: 'black-friday',
    at: 0.25,
    async run({ apply, wait, narrate }) {
      narrate('Everybody comes at once to Virginia.')
      await apply({ action: 'flood', region: 'virginia', seconds: 4 })
      await wait(4_000)
      narrate('The crowd is gone; what was refused was refused in time.')
    },
  },
]

export function scenarioOf(name: ScenarioName): Scenario {
  const found = scenarios.find((scenario) => scenario.name === name)
  if (found === undefined) throw new TypeError(`no scenario ${name}; there are ${scenarioNames.join(', ')}`)
  return found
}
