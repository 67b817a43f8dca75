/** A dry replay of live sagas against definitions that are to be deployed: nothing is run, nothing is written. */
import { Ask, Asks, type Want } from './asks.ts'
import { bounded } from './core/payload.ts'
import { replay, type State } from './core/state.ts'
import type { Loaded, Store } from './ground/store.ts'
import type { Codec } from './ground/types.ts'
import type { SagaDefinition } from './saga.ts'
import { createScope } from './scope.ts'
import type { SagaSummary } from './view.ts'

/** A live saga that would be parked by the definition it was checked against. */
export interface Mismatch {
  readonly id: string
  readonly saga: string
  /** Names in the log. */
  readonly recorded: readonly string[]
  /** Names that the definition asked for. */
  readonly asked: readonly string[]
  /** Names in the log that it never asked for, or asked for as something else. */
  readonly missing: readonly string[]
  /** Steps that owe an undo which the definition no longer has. */
  readonly withoutUndo: readonly string[]
}

const NEVER = new Promise<never>(() => {})
/** Microtasks without progress after which a function will not ask for more. It awaits nothing but its scope, so few are enough. */
const PATIENCE = 100

/** Which live sagas of the store would be parked if these definitions were deployed. */
export async function mismatchesOf(store: Store, codec: Codec, list: (query: { name: string }) => AsyncIterable<SagaSummary>, definitions: Iterable<SagaDefinition<never, unknown>>): Promise<readonly Mismatch[]> {
  const mismatches: Mismatch[] = []
  for (const definition of definitions) {
    for await (const { id, state } of list({ name: definition.name })) {
      if (state === 'completed' || state === 'compensated') continue
      const loaded = await store.read(id)
      const mismatch = loaded && await checkReplay(definition as unknown as SagaDefinition, loaded, codec)
      if (mismatch !== undefined) mismatches.push(mismatch)
    }
  }
  return mismatches
}

/** What would be missing if `loaded` were replayed by `definition`; undefined if nothing. */
async function checkReplay(definition: SagaDefinition, { row, log }: Loaded, codec: Codec): Promise<Mismatch | undefined> {
  const state = replay(log)
  const wrong = new Set<string>()
  let settled = false
  const asks = new Asks(state, codec, { mismatch: ({ want }) => void wrong.add(want.name), caughtUp() {} })
  const scope = createScope({ row, house: { encode: bounded(codec, Infinity), store: { transact: true } }, journal: { emit: () => {} }, ask })
  void (async () => definition.run(scope, codec.decode(row.input)))().catch(() => {}).finally(() => {
    settled = true
  })
  for (let idle = 0, seen = 0; idle < PATIENCE && !asks.caughtUp && !settled; idle = asks.progress() === seen ? idle + 1 : 0) {
    seen = asks.progress()
    await Promise.resolve()
  }
  const missing = [...new Set([...asks.missing(), ...wrong])]
  const withoutUndo = lostUndos(state, (name) => asks.get(name))
  if (missing.length === 0 && withoutUndo.length === 0) return undefined
  return { id: row.id, saga: row.name, recorded: state.steps.map((step) => step.name), asked: asks.names(), missing, withoutUndo }

  function ask(want: Want): Promise<unknown> {
    if (asks.get(want.name) !== undefined || (asks.caughtUp && !asks.recorded(want.name))) return NEVER
    const asked = new Ask(want)
    asks.add(asked)
    return asked.promise
  }
}

function lostUndos(state: State, asked: (name: string) => Ask | undefined): string[] {
  return state.steps.filter((step) => step.undo && step.type !== 'child' && step.phase !== 'undone' && asked(step.name) !== undefined && asked(step.name)?.want.options?.undo === undefined)
    .map((step) => step.name)
}
