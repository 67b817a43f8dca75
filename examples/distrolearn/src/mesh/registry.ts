// Promise: who serves what is written in one place; the rest of the code asks for a service, never for a machine.

import type { Discovery } from '@distrokit/breaker/balance'
import { homeRegion, regionNames, type RegionName } from '../ground/regions.ts'

/** Strong services answer from their home region or not at all; eventual ones answer anywhere. */
export const services = {
  progress: 'strong',
  seats: 'strong',
  ledger: 'strong',
  enrolment: 'strong',
  catalog: 'eventual',
  replica: 'eventual',
} as const

export type ServiceName = keyof typeof services

export function regionsServing(service: ServiceName): readonly RegionName[] {
  return services[service] === 'strong' ? [homeRegion] : regionNames
}

/** Where each region listens; the supervisor tells of changes. */
export interface Registry {
  address(region: RegionName): string | undefined
  update(addresses: Readonly<Partial<Record<RegionName, string>>>): void
  /** The regions that serve it and have an address, but for the one that asks: a balancer's hosts. */
  serving(service: ServiceName, asking: RegionName): Discovery<RegionName>
}

export function createRegistry(): Registry {
  const known = new Map<RegionName, string>()
  const watching = new Set<() => void>()
  return {
    address: (region) => known.get(region),
    update(addresses) {
      const before = known.size
      for (const name of regionNames) {
        const address = addresses[name]
        if (address !== undefined) known.set(name, address)
      }
      // One that only moved is asked under the same name as before.
      if (known.size > before) for (const tell of watching) tell()
    },
    serving: (service, asking) => ({
      watch(listener) {
        const tell = (): void => listener(regionsServing(service).filter((name) => name !== asking && known.has(name)))
        watching.add(tell)
        tell()
        return { [Symbol.dispose]: () => void watching.delete(tell) }
      },
    }),
  }
}
