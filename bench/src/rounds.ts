import type { Case, Runner } from './contestant.ts'

export interface Measured {
  readonly name: string
  /** Nanoseconds per unit, one figure per round. */
  readonly rounds: readonly number[]
  readonly facts: Readonly<Record<string, number>>
}

export interface Plan {
  /** Seconds that each contestant is measured for, all rounds together. */
  readonly seconds: number
  readonly rounds: number
  /** Milliseconds that never step back. */
  now(): number
  /** Called between slices: a moment for timers and for the garbage of the one before. */
  rest(): Promise<void>
}

/**
 * All contestants take turns, round after round, so that a slow spell falls on all of them. How often each repeats its work
 * in a slice is found before, which warms it up as well.
 */
export async function measure(one: Case, plan: Plan): Promise<readonly Measured[]> {
  const sliceMs = (plan.seconds * 1_000) / plan.rounds
  const entries: { readonly name: string; readonly runner: Runner; count: number; readonly rounds: number[] }[] = []
  try {
    for (const { name, make } of one.contestants) {
      const runner = await make()
      const entry = { name, runner, count: 0, rounds: [] as number[] }
      entries.push(entry)
      entry.count = await repetitions(runner, sliceMs, plan)
    }
    for (let round = 0; round < plan.rounds; round++) {
      // Every other round goes the other way, so that nobody is always the first after a rest.
      for (const entry of round % 2 === 0 ? entries : entries.toReversed()) {
        await plan.rest()
        const start = plan.now()
        await entry.runner.run(entry.count)
        entry.rounds.push(((plan.now() - start) * 1e6) / entry.count)
      }
    }
    return entries.map(({ name, runner, rounds }) => ({ name, rounds, facts: runner.facts?.() ?? {} }))
  } finally {
    for (const { runner } of entries) await runner.close?.()
  }
}

/** How often the work fits into a slice: doubled until a quarter of a slice is full, then scaled. */
async function repetitions(runner: Runner, sliceMs: number, plan: Plan): Promise<number> {
  const least = runner.least ?? 1
  for (let count = least; ; count *= 2) {
    const start = plan.now()
    await runner.run(count)
    const spentMs = plan.now() - start
    if (spentMs >= sliceMs / 4) return Math.max(least, Math.round((count * sliceMs) / spentMs))
  }
}
