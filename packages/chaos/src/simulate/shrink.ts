import type { Plan } from '../core/plan.ts'

/** What decides a run of a scenario, besides its seed. */
export interface Case {
  readonly plan: Plan
  readonly nodes: readonly string[]
  readonly forMs: number
}

/**
 * A smaller case that still fails: fewer faults, then fewer nodes, then less time. Delta debugging (Zeller and Hildebrandt, 2002):
 * drop halves, then quarters, down to single faults, and start again whenever something could be dropped. At most `limit` runs.
 */
export async function shrink(start: Case, fails: (smaller: Case) => Promise<boolean>, limit: number): Promise<Case> {
  let best = start
  let runs = 0
  const attempt = async (smaller: Case): Promise<boolean> => {
    if (runs++ >= limit || !(await fails(smaller))) return false
    best = smaller
    return true
  }

  async function fewerFaults(): Promise<void> {
    for (let size = Math.max(1, Math.ceil(best.plan.length / 2)); size >= 1 && best.plan.length > 0; size = size === 1 ? 0 : Math.ceil(size / 2)) {
      for (let from = 0; from < best.plan.length; ) {
        const plan = [...best.plan.slice(0, from), ...best.plan.slice(from + size)]
        if (!(await attempt({ ...best, plan }))) from += size
      }
    }
  }

  async function fewerNodes(): Promise<void> {
    while (best.nodes.length > 1) {
      const nodes = best.nodes.slice(0, -1)
      const gone = (name: string | undefined): boolean => name !== undefined && !nodes.includes(name)
      const plan = best.plan.filter((fault) => !gone(fault.node) && !gone(fault.to))
      if (!(await attempt({ ...best, nodes, plan }))) return
    }
  }

  async function lessTime(): Promise<void> {
    for (const part of [8, 4, 2]) {
      const forMs = Math.ceil(best.forMs / part)
      const plan = best.plan.filter((fault) => fault.atMs <= forMs)
      if (forMs < best.forMs && (await attempt({ ...best, forMs, plan }))) return lessTime()
    }
  }

  await fewerFaults()
  await fewerNodes()
  await lessTime()
  await fewerFaults()
  return best
}
