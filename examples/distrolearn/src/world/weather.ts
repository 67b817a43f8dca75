// Promise: every fault can be turned on and off again, is told as an event, and `heal` leaves none behind.

import type { LinkWeather } from '../region/commands.ts'
import { homeRegion, linkName, regionNames, type RegionName } from '../ground/regions.ts'
import type { EventBody } from '../telemetry/events.ts'
import type { Control } from './control.ts'
import type { Providers } from './providers.ts'
import type { Supervisor } from './supervisor.ts'

export interface Weather {
  apply(control: Exclude<Control, { action: 'scenario' | 'flood' | 'preference' }>): Promise<void>
}

export interface WeatherOptions {
  readonly supervisor: Supervisor
  readonly providers: Providers
  readonly emit: (body: EventBody) => void
}

const fair: Required<LinkWeather> = { latencyMs: 0, jitterMs: 0, loss: 0, cut: false, corrupt: 0, reorder: 0, duplicate: 0 }

export function createWeather({ supervisor, providers, emit }: WeatherOptions): Weather {
  const fault = (name: string, on: boolean, detail: string, target?: string, amount?: number): void =>
    emit({ type: 'fault', fault: name, on, detail, ...(target === undefined ? {} : { target }), ...(amount === undefined ? {} : { amount }) })

  /** Both ways of the link between two regions; all links where one end is left open. */
  const between = (from: RegionName | undefined, to: RegionName | undefined, weather: LinkWeather): void => {
    for (const a of regionNames) {
      for (const b of regionNames) {
        if (a === b || (from !== undefined && a !== from && b !== from) || (to !== undefined && a !== to && b !== to)) continue
        supervisor.command(a, { type: 'link', peer: b, weather })
      }
    }
  }
  const places = (from: RegionName | undefined, to: RegionName | undefined): string => (from === undefined && to === undefined ? 'all links' : `${from ?? 'all'}–${to ?? 'all'}`)
  const linkOf = (from: RegionName | undefined, to: RegionName | undefined): string | undefined => (from === undefined || to === undefined ? undefined : linkName(from, to))
  const percent = (share: number): string => `${Math.round(share * 100)} %`

  return {
    async apply(control) {
      switch (control.action) {
        case 'latency':
          between(control.from, control.to, { latencyMs: control.latencyMs, jitterMs: control.latencyMs / 4 })
          return fault('latency', control.latencyMs > 0, `${places(control.from, control.to)}: ${control.latencyMs} ms each way`, linkOf(control.from, control.to), control.latencyMs)
        case 'loss':
          between(control.from, control.to, { loss: control.share })
          return fault('loss', control.share > 0, `${places(control.from, control.to)}: ${percent(control.share)} of the messages`, linkOf(control.from, control.to), control.share)
        case 'cut':
          between(control.a, control.b, { cut: control.on })
          return fault('cut', control.on, `${control.a}–${control.b}`, linkName(control.a, control.b))
        case 'corrupt':
          between(undefined, undefined, { corrupt: control.share })
          return fault('corrupt', control.share > 0, `${percent(control.share)} of the messages have a flipped byte`, undefined, control.share)
        case 'reorder':
          between(undefined, undefined, { reorder: control.share })
          return fault('reorder', control.share > 0, `${percent(control.share)} of the messages overtake others`, undefined, control.share)
        case 'kill':
          fault('kill', true, `${control.region}: SIGKILL`)
          await supervisor.kill(control.region)
          return fault('kill', false, `${control.region} is back`)
        case 'skew':
          supervisor.skew(control.region, control.offsetMs)
          return fault('skew', control.offsetMs !== 0, `${control.region}: wall clock off by ${control.offsetMs} ms`, control.region, control.offsetMs)
        case 'slow-database':
          supervisor.command(homeRegion, { type: 'slow-database', delayMs: control.delayMs })
          return fault('slow-database', control.delayMs > 0, `${homeRegion}: each statement takes ${control.delayMs} ms longer`, undefined, control.delayMs)
        case 'payment-down':
          providers.setDown('payments', control.on)
          return fault('payment-down', control.on, 'the payment provider does not answer')
        case 'notifications-down':
          providers.setDown('notifications', control.on)
          return fault('notifications-down', control.on, 'the notification provider does not answer')
        case 'heal':
          between(undefined, undefined, fair)
          for (const region of regionNames) supervisor.skew(region, 0)
          supervisor.command(homeRegion, { type: 'slow-database', delayMs: 0 })
          providers.setDown('payments', false)
          providers.setDown('notifications', false)
          for (const name of ['latency', 'loss', 'cut', 'corrupt', 'reorder', 'skew', 'slow-database', 'payment-down', 'notifications-down']) fault(name, false, 'healed')
      }
    },
  }
}
