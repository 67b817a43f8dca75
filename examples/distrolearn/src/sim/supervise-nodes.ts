// Promise: what a supervisor does to processes, done to the nodes of a simulated world.

import type { World } from '@distrokit/chaos'
import type { RegionCommand } from '../region/commands.ts'
import type { Region } from '../region/region.ts'
import { regionNames, type RegionName } from '../ground/regions.ts'
import type { Supervisor, SupervisorOptions } from '../world/supervisor.ts'
import { regionAddresses, type Program, type System } from './system.ts'

const restartMs = 250
const pollMs = 10

export async function startNodes(world: World<Program>, system: System, { onEvents, signal }: SupervisorOptions): Promise<Supervisor> {
  const { clock } = world.env
  const skews = new Map<RegionName, number>()
  let kills = 0
  const regionOf = (name: RegionName): Region => {
    const { value } = world.node(name)
    if (value === undefined) throw new Error(`region ${name} is down`)
    return value
  }
  const isUp = (name: RegionName): boolean => world.node(name).value !== undefined
  const wait = (ms: number): Promise<void> => new Promise((resolve) => void clock.after(ms, resolve))
  const up = async (name: RegionName): Promise<void> => {
    while (!isUp(name)) {
      signal.throwIfAborted()
      await wait(pollMs)
    }
  }

  for (const node of world.nodes) node.start(system.build)
  await Promise.all(regionNames.map(up))

  return {
    addresses: regionAddresses,
    async kill(name) {
      const node = world.node(name)
      if (!node.up) return
      kills += 1
      const { life } = node
      node.crash()
      for (const state of ['killed', 'down'] as const) onEvents([{ type: 'region', state, life, region: name, atMs: clock.now() }])
      await wait(restartMs)
      node.restart()
      await up(name)
    },
    command(name, command: RegionCommand) {
      system.standing(name).push(command)
      world.node(name).value?.command(command)
    },
    skew(name, offsetMs) {
      world.node(name).clock.step(offsetMs - (skews.get(name) ?? 0))
      skews.set(name, offsetMs)
    },
    inspect: async (name, courses) => regionOf(name).inspect(courses),
    isUp,
    get kills() {
      return kills
    },
    async close() {
      for (const node of world.nodes) node.crash()
    },
  }
}
