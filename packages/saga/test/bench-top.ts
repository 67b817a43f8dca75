/** A bench top for tests: a world, a memory store in it, and engines that come and go over them. */
import { createEngine, memoryStore, type Engine, type EngineOptions, type SagaEvent, type Store, type Write, type Written } from '@distrokit/saga'
import { createTimeline, type Life, type World } from '@distrokit/saga/testing'

export interface Top {
  readonly world: World
  readonly store: Store
  readonly events: SagaEvent[]
  /** What happened to the outside, in order. */
  readonly effects: string[]
  engine(options: Omit<EngineOptions, 'store' | 'clock'>): Engine & { readonly life: Life }
  until<T>(done: PromiseLike<T>): Promise<T>
}

/** How a saga lives: undisturbed; losing its lease with every commit, so that each step is reached by replay; or in processes that die (three-lives.ts). */
export type Mode = 'undisturbed' | 'replayed' | 'killed'

export function createTop(mode: Mode = 'undisturbed'): Top {
  const world = createTimeline()
  const store = memoryStore({ clock: world.clock })
  const events: SagaEvent[] = []
  const random = chance(1)
  return {
    world, store, events,
    effects: [],
    until: (done) => world.until(done),
    engine(options) {
      const life = world.life(store)
      if (mode === 'replayed') life.store.commit = robbed(store)
      const engine = createEngine({ random, owner: 'worker', ...options, store: life.store, clock: life.clock })
      engine.onEvent((event) => events.push(event))
      return Object.assign(engine, { life })
    },
  }
}

/** A store that makes each commit and then lets somebody else take the saga and drop it at once: the worker finds itself fenced, and takes it again. */
function robbed(store: Store): Store['commit'] {
  return (writes) => {
    const answers = store.commit(writes) as readonly Written[]
    return answers.map((answer, index) => {
      const { id, create, patch } = writes[index] as Write
      if (answer.state !== 'written' || create !== undefined || patch?.release !== undefined) return answer
      void store.take({ names: [], owner: 'thief', leaseMs: 0, limit: 1, ids: [id] })
      return { state: 'fenced' }
    })
  }
}

/** A small generator of chance, the same each time (mulberry32). */
export function chance(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** The error that a promise rejects with. */
export async function failure<E = Error & { code?: string }>(promise: PromiseLike<unknown>): Promise<E> {
  try {
    await promise
  } catch (error) {
    return error as E
  }
  throw new Error('expected a rejection')
}

export async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = []
  for await (const item of items) all.push(item)
  return all
}
