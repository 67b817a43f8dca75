// Promise: the demo's machines as programs for a simulated world: three regions, the outside providers, and a place for learners.

import type { Env, World } from '@distrokit/chaos'
import { every } from '../ground/clock.ts'
import type { Outside } from '../cohort/learner.ts'
import { createRegion, type Region } from '../region/region.ts'
import { regionNames, type RegionName } from '../ground/regions.ts'
import type { DemoEvent } from '../telemetry/events.ts'
import type { LogSink } from '../telemetry/log.ts'
import { createOutbox } from '../telemetry/outbox.ts'
import { providerNames, type ProviderName, type Providers } from '../world/providers.ts'
import { createStanding, type Standing } from '../world/standing.ts'
import type { SharedConfig } from '../world/supervisor.ts'
import { createDisk } from './disk.ts'
import { sealed, sealing } from './sealed.ts'

/** What runs on a node; providers and learners offer nothing to hold on to. */
export type Program = Region | undefined

export const nodeNames: readonly string[] = [...regionNames, ...providerNames, 'learners']

const addressOf = (node: string): string => `http://${node}`
export const regionAddresses = Object.fromEntries(regionNames.map((name) => [name, addressOf(name)])) as Record<RegionName, string>
export const providerAddresses = Object.fromEntries(providerNames.map((name) => [name, addressOf(name)])) as Record<ProviderName, string>

export interface SystemOptions {
  readonly world: World<Program>
  readonly shared: SharedConfig
  readonly providers: Providers
  readonly onEvents: (events: readonly DemoEvent[]) => void
  readonly log: (region: RegionName) => LogSink
  /** How often a region tells how it is. */
  readonly statusMs: number
}

export interface System {
  /** The program of a node, as `World` asks for it at the begin of each life. */
  build(env: Env): Promise<Program>
  /** What a region must hear again when it comes back. */
  standing(region: RegionName): Standing
}

export const silent: LogSink = { write: () => undefined, close: async () => undefined }

/** Where learners live in that world. */
export function outsideOf(world: World<Program>): Outside {
  const { env } = world.node('learners')
  return { clock: env.clock, fetch: sealing(env.fetch) }
}

export function createSystem({ world, shared, providers, onEvents, log, statusMs }: SystemOptions): System {
  const trueTime = world.env.clock.now
  const disks = new Map(regionNames.map((name) => [name as string, createDisk(world.env.clock)]))
  const standing = new Map(regionNames.map((name) => [name, createStanding()]))
  const standingOf = (region: RegionName): Standing => standing.get(region) as Standing

  const region = async (name: RegionName, env: Env): Promise<Region> => {
    const node = world.node(name)
    const alive = (): boolean => node.up && node.life === env.life
    const outbox = createOutbox({ region: name, clock: env.clock, trueTime, deliver: onEvents })
    outbox.emit({ type: 'region', state: 'starting', life: env.life })
    const toProviders = sealing(env.fetch)
    const created = await createRegion(
      { ...shared, name, life: env.life },
      {
        clock: env.clock,
        random: env.random,
        fetch: (input, init) => (providerNames.some((provider) => String(input).startsWith(addressOf(provider))) ? toProviders(input, init) : env.fetch(input, init)),
        emit: outbox.emit,
        trueTime,
        stores: (disks.get(name) as ReturnType<typeof createDisk>).mount(env, alive),
        log: log(name),
      },
    )
    created.command({ type: 'addresses', addresses: regionAddresses })
    for (const command of standingOf(name).commands) created.command(command)
    const toLearners = sealed(created.fetch)
    env.serve((request) => (new URL(request.url).pathname.startsWith('/internal/') ? created.fetch(request) : toLearners(request)))
    every(env.clock, statusMs, () => outbox.emit({ type: 'status', status: created.status() }))
    outbox.emit({ type: 'region', state: 'up', life: env.life })
    return created
  }

  return {
    async build(env) {
      const name = regionNames.find((known) => known === env.name)
      if (name !== undefined) return region(name, env)
      const provider = providerNames.find((known) => known === env.name)
      if (provider !== undefined) env.serve(sealed((request) => providers.answer(provider, request)))
      return undefined
    },
    standing: standingOf,
  }
}
