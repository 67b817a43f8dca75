// Promise: the whole demo in one deterministic world: a seed replays everything. Between two stretches of its time the machine may look in.

import { createWorld, type World } from '@distrokit/chaos'
import { createHmac } from 'node:crypto'
import { pause, type Clock } from '../ground/clock.ts'
import { statusMs } from '../region/region.ts'
import type { RegionName } from '../ground/regions.ts'
import type { LogSink } from '../telemetry/log.ts'
import type { Platform } from '../world/platform.ts'
import type { Providers } from '../world/providers.ts'
import { startNodes } from './supervise-nodes.ts'
import { createSystem, nodeNames, outsideOf, providerAddresses, silent, type Program } from './system.ts'

export interface SimulationOptions {
  readonly seed: string
  /** Simulated seconds a second; Infinity for as fast as it goes. */
  readonly pace: number
  /** The machine's own clock, by which the pace is kept. */
  readonly clock: Clock
  readonly log?: (region: RegionName) => LogSink
}

export interface Simulation {
  readonly platform: Platform
  readonly world: World<Program>
  /** Runs `body` inside the world, between two stretches of its time; what comes of it is told when the world stands still again. */
  enter<T>(body: () => Promise<T>): Promise<T>
  /** Does outside, once the world stands still, what must not be done inside. */
  outside(body: () => void): void
  close(): Promise<void>
}

/** A stretch of simulated time between two looks at the machine. */
const stretchMs = 40

export function createSimulation({ seed, pace, clock, log = () => silent }: SimulationOptions): Simulation {
  // Tracing reads clocks when a span is made, and is told the world's time all the same.
  const world = createWorld<Program>({ seed, nodes: nodeNames, ambient: ['Date.now()', 'performance.now()'] })
  let providers: Providers | undefined
  const platform: Platform = {
    mode: 'simulated',
    outside: outsideOf(world),
    trueTime: world.env.clock.now,
    secret: (name) => createHmac('sha256', seed).update(name).digest('hex'),
    async serve(given) {
      providers = given
      return providerAddresses
    },
    startRegions(options) {
      if (providers === undefined) throw new Error('the providers come first')
      return startNodes(world, createSystem({ world, shared: options.shared, providers, onEvents: options.onEvents, log, statusMs }), options)
    },
    close: async () => undefined,
  }

  /** What waits for the world to stand still: bodies that go in, and news that go out. */
  let entering: (() => void)[] = []
  let leaving: (() => void)[] = []
  const ended = new AbortController()
  const flush = (queue: readonly (() => void)[]): void => queue.forEach((one) => one())
  const drive = async (): Promise<void> => {
    const began = clock.monotonic()
    while (!ended.signal.aborted) {
      flush(entering.splice(0))
      await world.run(stretchMs)
      flush(leaving.splice(0))
      const aheadMs = pace === Infinity ? 0 : world.now / pace - (clock.monotonic() - began)
      await pause(clock, Math.max(0, aheadMs), ended.signal)
    }
  }
  const broken = Promise.withResolvers<never>()
  broken.promise.catch(() => undefined)
  const driving = drive().catch((error: unknown) => {
    if (!ended.signal.aborted) broken.reject(error)
  })

  return {
    platform,
    world,
    enter<T>(body: () => Promise<T>): Promise<T> {
      const done = Promise.withResolvers<T>()
      entering.push(() => {
        body().then(
          (value) => void leaving.push(() => done.resolve(value)),
          (error: unknown) => void leaving.push(() => done.reject(error)),
        )
      })
      return Promise.race([done.promise, broken.promise])
    },
    outside: (body) => void leaving.push(body),
    async close() {
      ended.abort(new Error('the simulation is over'))
      await driving
    },
  }
}
