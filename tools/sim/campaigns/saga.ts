import { aimed, swarm } from '../../../packages/chaos/src/index.ts'
import type { Env, World } from '../../../packages/chaos/src/index.ts'
import type * as SagaModule from '../../../packages/saga/src/index.ts'
import type { Engine, Loaded, SagaRow, Store, TakeOptions, Taken, Write, Written } from '../../../packages/saga/src/index.ts'
import { must as claim, simulated } from '../campaign.ts'
import type { Campaign, Load } from '../campaign.ts'
import { createLedger } from './saga-ledger.ts'
import type { Ledger } from './saga-ledger.ts'

type Api = typeof SagaModule

/** As over a wire. Rows and records are plain data, so walking them is enough, and several times as fast as JSON. */
function copied<T>(value: T): T {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map(copied) as T
  const copy: Partial<T> = {}
  for (const key in value) copy[key] = copied(value[key])
  return copy as T
}

const STEPS = ['reserve', 'charge', 'grant', 'notify'] as const
const ENDED: readonly string[] = ['completed', 'compensated']
const NAP_MS = 300

interface Worker {
  readonly engine: Engine
}

export async function saga(load: Load): Promise<readonly Campaign[]> {
  const api = await load<Api>('saga/src/index.ts')
  let ledger: Ledger
  let store: Store
  let reported: Map<string, string>
  let asked: Map<string, number>
  /** How far each saga was seen to be: not there, under way, ended. */
  let told: Map<string, number>
  let outcomes: Map<string, string>
  let epochs: Map<string, number>
  let storeClock: Env['clock']

  /** What is found inside a service or a saga would be taken for its failure, so it fails the run as well. */
  function must(holds: boolean, expected: () => string): void {
    try {
      claim(holds, expected)
    } catch (error) {
      ledger.fail(error)
      throw error
    }
  }

  /** The shared store as one life sees it: away, sometimes failing, sometimes losing the answer to what it has done. */
  function remote(env: Env): Store {
    const call = <T>(what: string, run: () => T | PromiseLike<T>): Promise<T> => {
      const luck = env.random()
      if (luck < 0.02) return env.effect(what, () => Promise.reject(new Error('the store is away')), 5)
      return env.effect(what, run, env.random.pick([1, 1, 5, 50])).then((given) => {
        if (luck < 0.04) throw new Error("the store's answer was lost")
        return given
      })
    }
    const verbs: Record<string, unknown> = { gather: 'microtask', lanes: store.lanes, label: env.name }
    for (const [verb, act] of Object.entries(store)) {
      // What is sent and what comes back are copies, as over a wire.
      if (typeof act === 'function') verbs[verb] = (...sent: unknown[]) => call(`store.${verb}`, () => watched(verb, copied(sent), act)).then(copied)
    }
    return verbs as unknown as Store
  }

  /** Invariant 5: a take waits for the lease's end and raises the epoch, and nothing is written under an older one. */
  function watched(verb: string, sent: unknown[], act: (...sent: unknown[]) => unknown): unknown {
    const held = verb === 'take' ? new Map((store.list({ limit: 1000 }) as readonly SagaRow[]).map((row) => [row.id, row])) : undefined
    const given = act.apply(store, sent)
    if (held !== undefined) {
      const { gone = [] } = sent[0] as TakeOptions
      for (const { row } of (given as Taken).sagas) {
        const { owner = '', wakeAt = Infinity } = held.get(row.id) ?? {}
        must(wakeAt <= storeClock.now() || gone.includes(owner), () => `nobody to take '${row.id}' before ${wakeAt} while '${owner}' lives, taken at ${storeClock.now()}`)
        must(row.epoch > (epochs.get(row.id) ?? 0), () => `a take of '${row.id}' to raise its epoch ${epochs.get(row.id)}, got ${row.epoch}`)
        epochs.set(row.id, row.epoch)
      }
    }
    if (verb === 'commit') {
      for (const [at, { state }] of (given as readonly Written[]).entries()) {
        const { id, epoch } = (sent[0] as readonly Write[])[at] as Write
        must(state !== 'written' || epoch >= (epochs.get(id) ?? 0), () => `no write of '${id}' under epoch ${epoch} after a take under ${epochs.get(id)}`)
        if (state === 'written') epochs.set(id, Math.max(epoch, epochs.get(id) ?? 0))
      }
    }
    return given
  }

  /** When the log says that the nap is over, by the store's clock. */
  function dueOf(id: string): number {
    const entries = (store.read(id) as Loaded).log.flatMap((record) => record.entries)
    return entries.reduce((due, entry) => (entry.kind === 'intent' ? entry.until ?? due : due), Infinity)
  }

  /** Enrolment as it lives in the example: four effects elsewhere, each with its own undo, and a nap in the middle. */
  function enrolment(env: Env) {
    const { random } = env
    const act = async (id: string, step: string, key: string, epoch: number): Promise<string> => {
      const dice = random()
      const stands = ledger.stands(id, step)
      // A service likes to refuse what it has done already. Its word is for this attempt: one before it, in this life or another, has had its effect.
      const refusal = stands ? 0.3 : 0.03
      if (dice < refusal && stands) env.sometimes('a refusal follows an effect')
      if (dice < refusal) throw api.nothingHappened(new Error(`${step} is not possible`))
      const receipt = await env.effect(`${step} of ${id}`, () => ledger.apply(id, step, key, epoch), random.pick([2, 20, 200]))
      // It has happened all the same: the answer was lost.
      if (dice < refusal + 0.06) throw new Error(`${step} went wrong`)
      return receipt
    }
    const undo = async (id: string, step: string, key: string, epoch: number): Promise<void> => {
      if (random.chance(0.1)) throw new Error(`undoing ${step} went wrong`)
      await env.effect(`undo ${step} of ${id}`, () => ledger.revert(id, step, key, epoch), random.pick([2, 20]))
    }
    return api.saga('enrol', async ({ step, sleep, id }, input: { readonly learner: string }) => {
      const receipts: string[] = []
      for (const name of STEPS) {
        receipts.push(await step(name, {
          do: ({ key, epoch }) => act(id, name, key, epoch),
          undo: ({ key, epoch }) => undo(id, name, key, epoch),
          undoRetry: { retries: Infinity, baseMs: 20, maxMs: 500 },
          ...(name === 'grant' ? { retry: { retries: 2, baseMs: 10, maxMs: 50 } } : {}),
        }))
        if (name === 'reserve') {
          ledger.napBegins(id)
          await sleep('cool off', NAP_MS)
          ledger.napEnds(id, NAP_MS, dueOf(id), storeClock.now())
        }
      }
      return `${input.learner}: ${receipts.join(' ')}`
    })
  }

  /** Invariant 10: what a read of a saga's state has told, no read that begins after it takes back, whichever worker is asked. */
  function watch(env: Env, engine: Engine): void {
    env.clock.after(env.random.integer(100, 1000), () => watch(env, engine))
    const id = `enrol ${String(env.random.integer(0, 14)).padStart(2, '0')}`
    const before = told.get(id) ?? 0
    engine.get(id).then((view) => {
      const now = view === undefined ? 0 : ENDED.includes(view.state) ? 2 : 1
      must(now >= before, () => `a read of '${id}' to tell no less than an earlier one, got ${view?.state ?? 'nothing'}`)
      told.set(id, Math.max(now, told.get(id) ?? 0))
      if (view === undefined || now < 2) return
      const outcome = JSON.stringify([view.state, view.error?.message])
      const known = outcomes.get(id) ?? outcome
      outcomes.set(id, known)
      must(known === outcome, () => `every read of '${id}' to tell ${known}, got ${outcome}`)
      env.sometimes('an outcome is read again')
    }, () => {}).catch((error: unknown) => env.fail(error))
  }

  function build(env: Env): Worker {
    const definition = enrolment(env)
    const engine = api.createEngine({
      sagas: [definition], store: remote(env), clock: env.clock, random: env.random, owner: env.name, leaseMs: 800, pollMs: 100, replayMs: 2000, settleMs: 500, maxTakes: 1000,
      undoRetry: { retries: Infinity, baseMs: 20, maxMs: 500 },
    })
    engine.onEvent((event) => {
      if (event.type === 'recovered') env.sometimes('a saga is taken over')
      if (event.type === 'stuck') env.fail(new Error(`Expected no saga to be stuck, got ${JSON.stringify(event)}`))
    })
    const turn = (): void => {
      if (env.clock.monotonic() < 11_000) env.clock.after(env.random.integer(10, 800), turn)
      // Both workers are asked for the same enrolments: starting is idempotent by id.
      const number = env.random.integer(0, 14)
      const id = `enrol ${String(number).padStart(2, '0')}`
      asked.set(id, (asked.get(id) ?? 0) + 1)
      engine.start(definition, { learner: `learner ${number}` }, { id }).then(
        () => {
          ledger.acknowledged.add(id)
          if ((asked.get(id) ?? 0) > 1) env.sometimes('a saga is started twice')
          if (env.random.chance(0.1)) engine.cancel(id, 'changed my mind').catch(() => {})
        },
        () => env.sometimes('a start fails'),
      )
      if (env.random.chance(0.7)) return
      engine.start(definition, { learner: 'somebody else' }, { id }).then(
        () => env.fail(new Error(`Expected ${id} with another input to be refused`)),
        () => {},
      )
    }
    env.clock.after(env.random.integer(0, 50), turn)
    watch(env, engine)
    return { engine }
  }

  const scenario = {
    nodes: ['a', 'b'],
    forMs: 12_000,
    settleMs: 120_000,
    // p-retry notes when it began and does nothing with it.
    ambient: ['performance.now()'],
    clock: (_name: string, random: World['random']) => ({ ratePpm: random.integer(-200, 200), offsetMs: random.integer(-5000, 5000) }),
    build,
    workload(world: World<Worker>) {
      const { clock } = world.env
      ledger = createLedger(world)
      storeClock = clock
      store = api.memoryStore({ clock })
      reported = new Map()
      asked = new Map()
      told = new Map()
      outcomes = new Map()
      epochs = new Map()
    },
    invariantMs: 250,
    invariant(): void {
      // Invariant 7: an outcome once reported never changes. The store is read as a person would, from outside.
      for (const row of store.list({ limit: 1000 }) as readonly { readonly id: string; readonly state: string; readonly result: string | undefined }[]) {
        const outcome = `${row.state} ${row.result}`
        const before = reported.get(row.id)
        must(before === undefined || before === outcome, () => `the outcome of '${row.id}' to stay ${before}, got ${outcome}`)
        if (ENDED.includes(row.state)) reported.set(row.id, outcome)
      }
    },
    progress(world: World<Worker>) {
      const rows = store.list({ limit: 1000 }) as readonly { readonly id: string; readonly state: string }[]
      return world.nodes.every((node) => node.up) && rows.every((row) => ENDED.includes(row.state)) && [...ledger.acknowledged].every((id) => rows.some((row) => row.id === id))
    },
    check(world: World<Worker>) {
      for (const row of store.list({ limit: 1000 }) as readonly { readonly id: string; readonly state: string }[]) {
        ledger.settled(row.id, row.state, STEPS)
        // The log has one writer: its records are numbered without a gap, and nothing is said twice.
        const { log } = store.read(row.id) as Loaded
        const told = log.flatMap((record) => record.entries.filter((entry) => entry.kind === 'intent' || entry.kind === 'done' || entry.kind === 'end').map((entry) => `${entry.kind} ${'ord' in entry ? entry.ord : ''}`))
        must(log.every((record, at) => record.seq === at) && new Set(told).size === told.length, () => `the log of '${row.id}' to say everything once, got ${told.join(', ')}`)
        world.sometimes(`a saga is ${row.state}`)
      }
    },
  }

  return [
    simulated<Worker>('saga/workers', {
      ...scenario,
      sometimes: ['a saga is completed', 'a saga is compensated', 'a saga is taken over', 'a saga is started twice', 'a stale worker is fenced', 'an undo meets an unknown outcome', 'a refusal follows an effect'],
    }, { faults: swarm({ kinds: ['crash', 'crash-at-io', 'pause', 'step', 'rate', 'freeze', 'coarse'], perKind: 4 }), share: 0.3 }),
    simulated<Worker>('saga/every-io', { ...scenario, forMs: 8000 }, { faults: aimed({ downMs: 300, stepMs: -2000 }), share: 0.5 }),
  ]
}
