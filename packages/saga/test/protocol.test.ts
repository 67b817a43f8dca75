/**
 * The exhaustive small model: every interleaving of two workers, two steps, crashes, lost leases, stalls and late effects, over this package's own
 * `reduce` and `next`. The text beside the core, src/core/protocol.qnt, states the same machine and the same invariants, and is run by
 * protocol-text.test.ts.
 */
import { explore } from '@distrokit/chaos/testing'
import { describe, expect, test } from 'vitest'
import { next } from '../src/core/next.ts'
import { empty, reduce, type State } from '../src/core/state.ts'
import type { Entry } from '../src/ground/log.ts'

interface Worker {
  /** The epoch it took, 0 for none. */
  readonly epoch: number
  /** Commits of the log that it knows. */
  readonly seen: number
  /** The action it has begun: `do 0`, `undo 1`. */
  readonly busy: string | undefined
}

interface Machine {
  readonly log: readonly (readonly Entry[])[]
  readonly epoch: number
  readonly workers: readonly Worker[]
  /** Effects that the services have made, by key. */
  readonly world: readonly string[]
  readonly takes: number
  readonly crashes: number
}

const intent = (ord: number): Entry => ({ kind: 'intent', ord, name: `step ${ord}`, undo: true })
const error = { name: 'Error', message: 'no' }
const fold = (log: Machine['log']): State => log.flat().reduce(reduce, empty())

/** The commit that follows an outcome, as the engine makes it: the outcome, and what it leads to. */
function after(state: State, busy: string, steps: number, failAt: number): readonly Entry[] {
  const ord = Number(busy.split(' ')[1])
  const entries: Entry[] = []
  let folded = state
  const add = (entry: Entry): void => {
    entries.push(entry)
    folded = reduce(folded, entry)
  }
  if (busy.startsWith('undo')) add({ kind: 'undone', ord })
  else if (ord !== failAt) add({ kind: 'done', ord, value: '1' })
  else {
    add({ kind: 'failed', ord, error })
    add({ kind: 'back', cause: error })
  }
  if (folded.direction === 'forward' && ord + 1 < steps) add(intent(ord + 1))
  else {
    const command = next(folded, new Set(), 'reverse', 0)
    if (command.do === 'undo') for (const each of command.ords) add({ kind: 'undo-intent', ord: each })
    if (command.do === 'end') add({ kind: 'end', state: folded.direction === 'forward' ? 'completed' : 'compensated' })
  }
  return entries
}

/** What a worker that has folded the log may begin. */
function mayBegin(state: State): string[] {
  if (state.direction === 'forward') return state.steps.filter((step) => step.outcome === undefined).map((step) => `do ${step.ord}`)
  return state.steps.filter((step) => step.phase === 'undoing').map((step) => `undo ${step.ord}`)
}

interface Bounds {
  readonly steps: number
  readonly failAt: number
  readonly takes: number
  readonly crashes: number
  /** A planted mistake: the fence is left out. */
  readonly unfenced?: boolean
}

function successors(machine: Machine, bounds: Bounds): Machine[] {
  const all: Machine[] = []
  const state = fold(machine.log)
  machine.workers.forEach((worker, index) => {
    const change = (next: Partial<Worker>, rest: Partial<Machine> = {}): void => {
      all.push({ ...machine, workers: machine.workers.with(index, { ...worker, ...next }), ...rest })
    }
    if (state.ended === undefined && machine.takes < bounds.takes) {
      change({ epoch: machine.epoch + 1, seen: machine.log.length, busy: undefined }, { epoch: machine.epoch + 1, takes: machine.takes + 1 })
    }
    if (worker.epoch > 0 && machine.crashes < bounds.crashes) change({ epoch: 0, busy: undefined }, { crashes: machine.crashes + 1 })
    if (worker.epoch === 0) return
    const known = fold(machine.log.slice(0, worker.seen))
    if (worker.busy === undefined) {
      for (const busy of mayBegin(known)) change({ busy })
      return
    }
    if (!machine.world.includes(worker.busy)) return change({}, { world: [...machine.world, worker.busy].sort() })
    if (worker.epoch === machine.epoch || bounds.unfenced) {
      const log = [...machine.log, after(known, worker.busy, bounds.steps, bounds.failAt)]
      change({ seen: log.length, busy: undefined }, { log })
    } else change({ epoch: 0, busy: undefined })
  })
  return all
}

function violation({ log, world }: Machine): string | undefined {
  const state = fold(log)
  for (const key of world) {
    const step = state.steps[Number(key.split(' ')[1])]
    if (step === undefined) return `effect ${key} without an intent`
    if (key.startsWith('undo') && step.phase !== 'undoing' && step.phase !== 'undone') return `undo ${key} without an intent`
  }
  for (const step of state.steps) {
    if ((step.phase === 'undoing' || step.phase === 'undone') && state.steps.some((later) => later.ord > step.ord && later.phase !== 'undone')) return 'undone out of order'
  }
  const ends = log.flat().filter((entry) => entry.kind === 'end')
  if (ends.length > 1) return 'ended twice'
  if (state.ended === 'completed' && state.steps.some((step) => step.outcome !== 'done' || !world.includes(`do ${step.ord}`))) return 'completed without a step'
  if (state.ended === 'compensated' && state.steps.some((step) => step.phase !== 'undone' || !world.includes(`undo ${step.ord}`))) return 'compensated without an undo'
  return undefined
}

/** Every state that any order of events can reach, nearest first (chaos's explorer): a violation comes with the shortest way to it. */
function exploreAll(bounds: Bounds): { readonly states: number; readonly ends: ReadonlySet<string> } {
  const idle: Worker = { epoch: 0, seen: 0, busy: undefined }
  const ends = new Set<string>()
  const { states } = explore<Machine, Machine>({
    start: { log: [[intent(0)]], epoch: 0, workers: [idle, idle], world: [], takes: 0, crashes: 0 },
    moves: (machine) => successors(machine, bounds),
    apply: (_, next) => next,
    check(machine) {
      const problem = violation(machine)
      if (problem !== undefined) throw new Error(problem)
      const { ended } = fold(machine.log)
      if (ended !== undefined) ends.add(ended)
    },
    maxDepth: 60,
  })
  return { states, ends }
}

describe('two workers, two steps, a crash and lost leases, exhaustively', () => {
  test.each([
    ['nothing fails', -1, ['completed']],
    ['the first step fails', 0, ['compensated']],
    ['the second step fails', 1, ['compensated']],
  ])('%s: no state breaks an invariant, and the saga can end', (_, failAt, ends) => {
    const { states, ends: reached } = exploreAll({ steps: 2, failAt, takes: 3, crashes: 1 })
    expect([...reached]).toEqual(ends)
    expect(states).toBeGreaterThan(500)
  })

  test('without the fence the model finds what goes wrong', () => {
    expect(() => exploreAll({ steps: 2, failAt: 1, takes: 3, crashes: 1, unfenced: true })).toThrow(/moves/)
  })
})
