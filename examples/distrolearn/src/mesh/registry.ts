// Promise: who serves what is written in one place; the rest of the code asks for a service, never for a machine.

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
}

export function createRegistry(): Registry {
  const known = new Map<RegionName, string>()
  return {
    address: (region) => known.get(region),
    update(addresses) {
      for (const name of regionNames) {
        const address = addresses[name]
        if (address !== undefined) known.set(name, address)
      }
    },
  }
}
