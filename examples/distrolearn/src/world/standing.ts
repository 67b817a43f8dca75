// Promise: a region that comes back hears again whatever is still in force.

import type { RegionCommand } from '../region/commands.ts'

export interface Standing {
  push(command: RegionCommand): void
  readonly commands: Iterable<RegionCommand>
}

export function createStanding(): Standing {
  const standing = new Map<string, RegionCommand>()
  return {
    push(command) {
      if (command.type === 'slow-database') standing.set(command.type, command)
      if (command.type !== 'link') return
      const name = `link ${command.peer}`
      const before = standing.get(name)
      standing.set(name, before?.type === 'link' ? { ...command, weather: { ...before.weather, ...command.weather } } : command)
    },
    get commands() {
      return standing.values()
    },
  }
}
