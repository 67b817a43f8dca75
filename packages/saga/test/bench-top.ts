/** A bench top for tests: a world, a memory store in it, and engines that come and go over them. */
import { createEngine, memoryStore, type Engine, type EngineOptions, type SagaEvent, type Store } from '@distrokit/saga'
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

export function createTop(given?: (clock: World['clock']) => Store): Top {
  const world = createTimeline()
  const store = given === undefined ? memoryStore({ clock: world.clock }) : given(world.clock)
  const events: SagaEvent[] = []
  const random = chance(1)
  return {
    world, store, events,
    effects: [],
    until: (done) => world.until(done),
    engine(options) {
      const life = world.life(store)
      const engine = createEngine({ random, owner: 'worker', ...options, store: life.store, clock: life.clock })
      engine.onEvent((event) => events.push(event))
      return Object.assign(engine, { life })
    },
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
