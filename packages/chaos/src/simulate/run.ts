import type { Plan } from '../core/plan.ts'
import type { NetworkCounts } from '../world/network.ts'
import { createWorld } from '../world.ts'
import type { World, WorldOptions } from '../world.ts'
import type { Build } from '../world/node.ts'
import { strikeAll } from './strike.ts'

/** A system under test, and what must hold of it. */
export interface Scenario<T> extends Omit<WorldOptions, 'seed'> {
  /** Builds what runs on a node, once per life. */
  readonly build: Build<T>
  /** Begins a run: forgets the run before, and sets timers with `world.every` that call what `world.node(name).value` offers. Called before the nodes are built. */
  readonly workload?: (world: World<T>) => unknown
  /** What must hold at all times; throws if it does not. Asked every `invariantMs` of virtual time. */
  readonly invariant?: (world: World<T>) => void
  /** Default 100. */
  readonly invariantMs?: number
  /** What must become true within `settleMs` after all faults have ended. Without it that time just passes. */
  readonly progress?: (world: World<T>) => boolean
  /** What must hold at the end; throws (or rejects) if it does not. */
  readonly check?: (world: World<T>) => unknown
  /** Virtual time with faults, in milliseconds. Default 60 000. */
  readonly forMs?: number
  /** Virtual time after them. Default 30 000. */
  readonly settleMs?: number
}

/** What one run showed. */
export interface Outcome {
  readonly error: unknown
  readonly failed: boolean
  readonly atMs: number
  readonly hash: string
  readonly events: number
  readonly virtualMs: number
  readonly messages: Readonly<NetworkCounts>
  readonly struck: ReadonlyMap<string, number>
  readonly reached: ReadonlyMap<string, number>
  readonly lines: readonly string[]
}

/** After the faults had ended, progress was demanded and did not come. */
export class NoProgress extends Error {
  override readonly name: string = 'NoProgress'
  readonly code = 'no-progress'

  constructor(settleMs: number) {
    super(`Expected progress within ${settleMs} ms after all faults had ended, got none. Something waits for what will not come, or never tries again.`)
  }
}

const PROGRESS_MS = 50

/** One run: faults, healing, progress, check. Never rejects; what went wrong is in the outcome. */
export async function runOnce<T>(scenario: Scenario<T>, seed: string | number, plan: Plan): Promise<Outcome> {
  const { build, workload, invariant, invariantMs = 100, progress, check, forMs = 60_000, settleMs = 30_000, ...rest } = scenario
  const world = createWorld<T>({ ...worldOptions(rest), seed })
  const striker = strikeAll(world, plan)
  let error: unknown
  let failed = false
  try {
    const started = workload?.(world)
    if (started instanceof Promise) started.catch(world.fail)
    for (const node of world.nodes) node.start(build)
    if (invariant !== undefined) world.every(invariantMs, () => invariant(world))
    await world.run(forMs)
    striker.heal()
    let settled = false
    if (progress !== undefined) world.every(PROGRESS_MS, () => void (settled ||= progress(world)))
    await world.run(settleMs, () => settled)
    if (progress !== undefined && !settled) throw new NoProgress(settleMs)
    if (check !== undefined) await checked(world, check)
  } catch (reason) {
    error = reason
    failed = true
  }
  return {
    error,
    failed,
    atMs: world.now,
    hash: world.hash,
    events: world.events,
    virtualMs: world.now,
    messages: world.network.counts,
    struck: striker.struck,
    reached: world.reached,
    lines: world.lines,
  }
}

/** A check may be asynchronous and use the nodes, so it runs as a turn of the world. */
async function checked<T>(world: World<T>, check: (world: World<T>) => unknown): Promise<void> {
  let done = false
  world.after(0, async () => {
    await check(world)
    done = true
  })
  await world.run(60_000, () => done)
  if (!done) throw new Error('Expected check to settle within 60 000 ms of virtual time, got nothing. It awaits something that the world does not deliver.')
}

/** Only what a world knows: the rest belongs to the campaign. */
function worldOptions(rest: Omit<WorldOptions, 'seed'>): Omit<WorldOptions, 'seed'> {
  const picked: Record<string, unknown> = {}
  for (const name of ['nodes', 'start', 'network', 'clock', 'ambient'] as const) if (rest[name] !== undefined) picked[name] = rest[name]
  return picked
}
