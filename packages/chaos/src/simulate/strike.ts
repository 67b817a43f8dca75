import type { Fault } from '../core/plan.ts'
import type { World } from '../world.ts'
import type { NetworkWeather } from '../world/network.ts'

/** Lays a plan into a world. */
export interface Striker {
  /** How many faults of each kind have really struck; an aimed crash counts when its operation came. */
  readonly struck: ReadonlyMap<string, number>
  /** Ends all faults: links whole, clocks steady, disks sound, every node up. */
  heal(): void
}

/** Schedules every fault of a plan. */
export function strikeAll(world: World, plan: readonly Fault[]): Striker {
  const fair = world.network.current
  const struck = new Map<string, number>()
  const open = new Set<() => void>()
  /** Faults of the network's weather that are in force; they add up to one weather. */
  const overlays = new Set<Fault>()
  let healed = false

  const count = (fault: Fault): void => {
    struck.set(fault.kind, (struck.get(fault.kind) ?? 0) + 1)
    const { kind, forMs, node, to, amount } = fault
    world.note([kind, node, to && `to ${to}`, amount, forMs > 0 && `for ${forMs} ms`].filter(Boolean).join(' '))
  }
  const during = (fault: Fault, end: () => void): void => {
    let held = true
    const release = (): void => {
      if (!held) return
      held = false
      open.delete(release)
      end()
    }
    open.add(release)
    world.after(fault.forMs, release)
  }

  function weatherNow(): Partial<NetworkWeather> {
    const weather: { -readonly [Name in keyof NetworkWeather]: NetworkWeather[Name] } = { ...fair }
    for (const { kind, amount = 0 } of overlays) {
      if (kind === 'loss' || kind === 'duplicate' || kind === 'reorder' || kind === 'corrupt') weather[kind] = Math.max(weather[kind], amount)
      if (kind === 'slow') weather.latencyMs += amount
      if (kind === 'narrow') weather.bytesPerMs = Math.min(weather.bytesPerMs, amount)
    }
    return weather
  }

  function crash(fault: Fault): void {
    const node = world.node(fault.node ?? '')
    if (!node.up) return
    count(fault)
    node.crash()
    if (fault.amount !== undefined && fault.amount !== 0) node.clock.step(fault.amount)
    during(fault, () => node.restart())
  }

  function strike(fault: Fault): void {
    if (healed) return
    const { kind, amount = 0, node: name = '', to = '' } = fault
    if (kind === 'crash') return crash(fault)
    if (kind === 'crash-at-io') {
      const node = world.node(name)
      const aim = Math.max(fault.io ?? 1, node.io + 1)
      const aimed = node.atIo(aim, () => crash(fault))
      open.add(() => aimed[Symbol.dispose]())
      return
    }
    count(fault)
    switch (kind) {
      case 'cut':
        return during(fault, world.network.cut(name, to))
      case 'clog':
        return during(fault, world.network.clog(name, to))
      case 'loss': case 'duplicate': case 'reorder': case 'corrupt': case 'slow': case 'narrow':
        overlays.add(fault)
        world.network.set(weatherNow())
        return during(fault, () => {
          overlays.delete(fault)
          world.network.set(weatherNow())
        })
      case 'pause':
        return world.node(name).pause(fault.forMs)
      case 'step':
        return world.node(name).clock.step(amount)
      case 'freeze':
        return during(fault, world.node(name).clock.freeze())
      case 'rate':
        world.node(name).clock.rate(amount)
        return during(fault, () => world.node(name).clock.rate(0))
      case 'coarse':
        world.node(name).clock.grain(amount)
        return during(fault, () => world.node(name).clock.grain(1))
      case 'disk-errors':
        world.node(name).disk.set({ errors: amount })
        return during(fault, () => world.node(name).disk.set({ errors: 0 }))
      case 'disk-full':
        world.node(name).disk.set({ full: true })
        return during(fault, () => world.node(name).disk.set({ full: false }))
      case 'disk-stall':
        world.node(name).disk.set({ stallMs: amount })
        return during(fault, () => world.node(name).disk.set({ stallMs: 0 }))
    }
  }

  for (const fault of plan) world.after(fault.atMs, () => strike(fault))

  return {
    struck,
    heal() {
      healed = true
      for (const release of open) release()
      for (const node of world.nodes) node.restart()
      world.note('all faults end')
    },
  }
}
